import { spawnSync } from "node:child_process";

const MOST_BYTES = 512 * 1024 * 1024;

/** What a program prints that is given a script on standard input. Throws its words when it fails. */
export function printedBy(program: string, args: readonly string[], input: string): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, maxBuffer: MOST_BYTES });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr.toString("utf8").slice(-2000)}`);
  return stdout;
}
