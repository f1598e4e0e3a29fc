import { open } from "node:fs/promises";
import { printable } from "../base/printable.js";

const BYTES = 16 * 1024;
const LINES = 8;
const LONGEST = 200;

/** The last lines that a serial console has shown, harmless on a screen; empty when there are none. */
export async function consoleTail(path: string): Promise<readonly string[]> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BYTES), 0, BYTES, from);
    const lines = buffer
      .toString("utf8", 0, bytesRead)
      // What moves a terminal's cursor and sets its colours (ECMA-48, 5.4).
      .replace(/\u001b\[[0-9;?]*[@-~]/g, "")
      .split(/\r?\n|\r/)
      .map((line) => printable(line).trim().slice(0, LONGEST));
    return lines.filter((line) => line !== "").slice(-LINES);
  } finally {
    await file.close();
  }
}
