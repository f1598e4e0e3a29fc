import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inBench } from "../../test/stories/support/bench.js";
import { expectDone, type Outcome } from "../../test/stories/support/programs.js";

/** One measured run. */
export interface Run {
  readonly seconds: number;
  /** Events of pods whose sandbox could not be made. */
  readonly failedSandboxes: number;
}

/** The run that an outcome stands for; it must have ended well. `config` is the kubeconfig that it left. */
export async function runOf(outcome: Outcome, config: string): Promise<Run> {
  expectDone(outcome);
  const events = await inBench(
    ...["kubectl", `--kubeconfig=${config}`, "get", "events", "-A", "-o", "name"],
    ...["--field-selector", "reason=FailedCreatePodSandBox"],
  );
  expectDone(events);
  const failedSandboxes = events.stdout.split("\n").filter((line) => line !== "").length;
  return { seconds: outcome.milliseconds / 1000, failedSandboxes };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** What stands in the table of {@link comparison}. */
export function comparison(script: readonly Run[], ours: readonly Run[]): string {
  const row = (name: string, runs: readonly Run[]): string => {
    const all = runs.map(({ seconds }) => seconds.toFixed(1)).join(", ");
    const failed = runs.map(({ failedSandboxes }) => failedSandboxes).join(", ");
    return `| ${name} | ${medianOf(runs).toFixed(1)} | ${all} | ${failed} |`;
  };
  return [
    "| what | median, s | each, s | failed sandboxes |",
    "|---|---|---|---|",
    row("yardstick", script),
    row("alpine-k8s up", ours),
    `ratio of the medians: ${(medianOf(ours) / medianOf(script)).toFixed(2)}`,
  ].join("\n");
}

function medianOf(runs: readonly Run[]): number {
  return median(runs.map(({ seconds }) => seconds));
}

/** Seconds that kubeadm's own join took in the newest run of add-node, from its first line to its last, by its log. */
export async function joinSeconds(clusterFolder: string, node: string): Promise<number> {
  const logs = join(clusterFolder, ".alpine-k8s/logs");
  const run =
    (await readdir(logs))
      .filter((name) => name.endsWith("-add-node"))
      .sort()
      .at(-1) ?? "none";
  const text = await readFile(join(logs, run, `${node}.log`), "utf8");
  const at = (line: RegExp): number => {
    const found = text.split("\n").find((one) => line.test(one));
    if (found === undefined) throw new Error(`${run}/${node}.log has no line ${line.source}`);
    return Date.parse(found.split(" ")[0] ?? "");
  };
  return (at(/This node has joined the cluster/) - at(/\[preflight\] Running pre-flight checks/)) / 1000;
}
