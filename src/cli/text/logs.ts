import type { Writable } from "node:stream";
import { printable } from "../../base/printable.js";
import type { ExportSummary } from "../../operations/logs/export-logs.js";
import type { LogPart } from "../../operations/logs/read-logs.js";
import type { LogSource } from "../../operations/logs/logs-context.js";
import { table } from "./table.js";

/** Bytes that may wait for a reader who is slow, before lines are left out. */
const WAITING = 8 * 1024 * 1024;

/** A line's beginning: node and source, where there may be several of them. */
export function linePrefix(node: string | null, source: LogSource, bare: boolean): string {
  return bare ? "" : `${[node, source].filter((name) => name !== null).join(" ")} | `;
}

/** The lines of one log, each with its prefix and a line end. */
export function partText({ node, source, lines }: LogPart, bare: boolean): string {
  const prefix = linePrefix(node, source, bare);
  return lines.map((line) => `${prefix}${printable(line)}\n`).join("");
}

/**
 * Makes a function that writes lines to a stream whose reader may be slow: it never holds more than 8 MiB, and says
 * how many lines it had to leave out.
 */
export function boundedWriter(out: Writable): (line: string) => void {
  let left = 0;
  return (line) => {
    if (out.writableLength > WAITING) {
      left += 1;
      return;
    }
    if (left > 0) out.write(`(${left} lines left out: the reader is too slow)\n`);
    left = 0;
    out.write(`${printable(line)}\n`);
  };
}

/** What was packed, as people read it. */
export function exportText({ cluster, file, bytes, entries, problems }: ExportSummary): string {
  return [
    `Report of cluster ${cluster}: ${file} (${bytes} bytes). Secrets were taken out; look through it before you send it.`,
    "",
    table(
      ["file", "bytes"],
      entries.map((entry) => [entry.name, String(entry.bytes)]),
    ),
    ...(problems.length === 0 ? [] : ["", "Could not be had:", ...problems.map((problem) => `  ${problem}`)]),
  ].join("\n");
}
