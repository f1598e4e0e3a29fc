import type { Writable } from "node:stream";
import { printable } from "../../base/printable.js";
import type { ExportSummary } from "../../operations/logs/export-logs.js";
import type { LogPart } from "../../operations/logs/read-logs.js";
import type { LogSource } from "../../operations/logs/logs-context.js";
import { table } from "./table.js";

/** Bytes that may wait for a slow reader before lines are left out. */
const WAITING = 8 * 1024 * 1024;

/** The prefix of a line: node and source; empty when `bare`. */
export function linePrefix(node: string | null, source: LogSource, bare: boolean): string {
  return bare ? "" : `${[node, source].filter((name) => name !== null).join(" ")} | `;
}

/** The lines of one log, each with its prefix and a line end. */
export function partText({ node, source, lines }: LogPart, bare: boolean): string {
  const prefix = linePrefix(node, source, bare);
  return lines.map((line) => `${prefix}${printable(line)}\n`).join("");
}

/**
 * Returns a function that writes lines to a stream. While more than 8 MiB wait for a slow reader, it leaves lines out;
 * then it writes how many.
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

/** What `logs --export` packed, as people read it. */
export function exportText({ cluster, file, bytes, entries, problems }: ExportSummary): string {
  return [
    `Report of cluster ${cluster}: ${file} (${bytes} bytes). Secrets were taken out; look through it before you send it.`,
    "",
    table(
      ["file", "bytes"],
      entries.map((entry) => [entry.name, String(entry.bytes)]),
    ),
    ...(problems.length === 0 ? [] : ["", "Could not be collected:", ...problems.map((problem) => `  ${problem}`)]),
  ].join("\n");
}
