import { open, readdir } from "node:fs/promises";
import { basename, join } from "node:path";

/** One file of a run's logs. */
export interface RunLogFile {
  /** Name of the run's folder, which begins with its time. */
  readonly run: string;
  /** A node's name, or `vagrant`. */
  readonly node: string;
  readonly path: string;
}

/**
 * The log files of the last `runs` runs, the newest run first; with `node`, only its files and the runs that have one.
 */
export async function runLogFiles(logs: string, runs: number, node?: string): Promise<RunLogFile[]> {
  const found = await lastRuns(logs, runs, (name) => name.endsWith(".log") && (node ?? nodeOf(name)) === nodeOf(name));
  return found.flatMap(({ run, names }) =>
    names
      .map((name) => ({ run, node: nodeOf(name), path: join(logs, run, name) }))
      .sort((one, other) => one.node.localeCompare(other.node)),
  );
}

/** What the last `runs` runs have recorded of their time, the newest run first: name of the run's folder, name of the file. */
export async function runRecordFiles(logs: string, runs: number): Promise<readonly (readonly [string, string])[]> {
  const found = await lastRuns(logs, runs, (name) => name.endsWith(".jsonl"));
  return found.flatMap(({ run, names }) => names.sort().map((name) => [run, name] as const));
}

const nodeOf = (name: string): string => basename(name, ".log");

/** The newest runs that have files of the kind, and their names. */
async function lastRuns(
  logs: string,
  runs: number,
  isWanted: (name: string) => boolean,
): Promise<readonly { readonly run: string; readonly names: string[] }[]> {
  const found: { run: string; names: string[] }[] = [];
  for (const run of (await namesIn(logs)).sort().reverse()) {
    if (found.length === runs) break;
    const names = (await namesIn(join(logs, run))).filter(isWanted);
    if (names.length > 0) found.push({ run, names });
  }
  return found;
}

/** The last `lines` lines of a file, at most `bytes` of it. */
export async function lastLinesOf(path: string, lines: number, bytes: number): Promise<string[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const all = buffer.toString("utf8", 0, bytesRead).split("\n");
    if (all.at(-1) === "") all.pop();
    const whole = length < size ? all.slice(1) : all;
    return lines === 0 ? [] : whole.slice(-lines);
  } finally {
    await file.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
