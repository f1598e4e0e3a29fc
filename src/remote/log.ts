import { chmodSync, closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { SECRET_MODE } from "../files.js";

/** The log file of one node. */
export interface NodeLog {
  readonly path: string;
  /** Appends one line behind the time of day in UTC. A full disk does not stop the work: the line is lost then. */
  write(line: string): void;
  close(): void;
}

/** Opens a log for appending, mode 0600, its folder made when missing. Throws when it cannot be opened. */
export function openNodeLog(path: string, now: () => Date = () => new Date()): NodeLog {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "a", SECRET_MODE);
  chmodSync(path, SECRET_MODE);
  let open = true;
  return {
    path,
    write(line) {
      if (!open) return;
      try {
        writeSync(file, `${now().toISOString()} ${line}\n`);
      } catch {
        // Said above: a log that cannot be written must not fail what it tells of.
      }
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}
