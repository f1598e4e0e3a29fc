import { readdir, readFile, readlink } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { GIVEN } from "./given/settings.js";
import { type Outcome, ROOT, type Running, start } from "./programs.js";

export const BENCH = join(ROOT, "practice/bench/bench.sh");

/** Folder of the practice cluster. It may run beside the tests. */
const PRACTICE =
  process.env["ALPINE_K8S_PRACTICE_HOME"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "alpine-k8s", "practice");

/** How many benches run in parallel. Clusters wait a lot: two keep two cores busy. */
export const WORKERS = 2;

/** Folder of a worker's bench, by vitest's number of the worker, from 1: benches are independent of each other. */
export function benchHome(worker: string): string {
  return join(PRACTICE, `tests-${worker}`);
}

/** Where a worker keeps its stories' files. */
export const HOME = GIVEN?.home ?? benchHome(process.env["VITEST_POOL_ID"] ?? "1");
const ENV = { ALPINE_K8S_PRACTICE_HOME: HOME };

/**
 * Starts a command where the machines can be reached: inside this worker's bench, or for given machines on this
 * computer. `env` is added to the variables of this process.
 */
export function startInBench(command: readonly string[], input?: string, env: NodeJS.ProcessEnv = {}): Running {
  if (GIVEN !== undefined) {
    const [program = "", ...words] = command;
    const path = `${GIVEN.kubectlFolder}${delimiter}${process.env["PATH"]}`;
    return start(program, words, { input, env: { ...env, PATH: path } });
  }
  return start("bash", [BENCH, "exec", "--", ...command], { input, env: { ...ENV, ...env } });
}

/** Runs a command to its end, where {@link startInBench} starts it. */
export function inBench(...command: string[]): Promise<Outcome> {
  return startInBench(command).done;
}

/** Starts this worker's bench with the node's image; uses one that runs already. Given machines need none. */
export async function startBench(): Promise<void> {
  if (GIVEN !== undefined) return;
  for (const command of ["install", "start"]) {
    const outcome = await start("bash", [BENCH, command], { env: ENV }).done;
    if (outcome.code !== 0) throw new Error(`bench ${command}: ${outcome.stderr}`);
  }
}

/** Lets the running bench run emulated machines, too; returns the file of their Vagrant box. */
export async function startMachines(): Promise<string> {
  const outcome = await start("bash", [BENCH, "machines"], { env: ENV }).done;
  if (outcome.code !== 0) throw new Error(`bench machines: ${outcome.stderr}`);
  return outcome.stdout.trim();
}

/** Ends this worker's bench as a power cut would. */
export async function stopBench(): Promise<void> {
  await start("bash", [BENCH, "stop"], { env: ENV }).done;
}

/** Processes with a matching command line where {@link startInBench} starts them, without those of nodes, with ids. */
export async function processesMatching(pattern: RegExp): Promise<string[]> {
  const keeper = GIVEN === undefined ? (await readFile(join(HOME, "keeper.pid"), "utf8")).trim() : "self";
  const ours = await networkOf(keeper);
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const line = words.replaceAll("\0", " ").trim();
    if (pattern.test(line) && (await networkOf(pid)) === ours) found.push(`${pid} ${line}`);
  }
  return found;
}

/** The network namespace of a process; undefined when it has ended. */
function networkOf(pid: string): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
}
