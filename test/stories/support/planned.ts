import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { StepRecord } from "../../../src/engine/run-log.js";
import { lines, type TestCluster } from "./cluster.js";
import { expectDone, type Outcome } from "./programs.js";
import { treeOf } from "./tree.js";

interface PlannedItem {
  readonly id: string;
  readonly maybe: boolean;
}

/** The items that the command would do now. Demands that it says so well, and that folder and cluster stay as they are. */
export async function planOf(cluster: TestCluster, ...args: string[]): Promise<readonly PlannedItem[]> {
  const before = await stateOf(cluster);
  const outcome = await cluster.run(...args, "--dry-run", "--output", "json");
  expectDone(outcome);
  expect(await stateOf(cluster)).toEqual(before);
  return (JSON.parse(outcome.stdout) as { readonly items: readonly PlannedItem[] }).items;
}

/** Runs the command after its plan. Demands that what was certain was done, and nothing that was not planned. */
export async function runAsPlanned(cluster: TestCluster, ...args: string[]): Promise<Outcome> {
  const planned = await planOf(cluster, ...withoutAnswer(args));
  const before = await runsOf(cluster);
  const outcome = await cluster.run(...args);
  expectDone(outcome);
  const done = await itemsSince(cluster, before);
  const all = planned.map(({ id }) => id);
  const certain = planned.filter(({ maybe }) => !maybe).map(({ id }) => id);
  expect({ planned: certain.filter((id) => !done.includes(id)), done: done.filter((id) => !all.includes(id)) }).toEqual(
    {
      planned: [],
      done: [],
    },
  );
  return outcome;
}

/** A plan asks no question. */
function withoutAnswer(args: readonly string[]): string[] {
  return args.filter((word) => word !== "--yes");
}

/** Every file of the folder but for Vagrant's; of the cluster, the versions of all secrets and the specs of all nodes. */
async function stateOf(cluster: TestCluster): Promise<readonly unknown[]> {
  const tree = await treeOf(cluster.folder);
  if (tree["admin.config"] === undefined) return [tree];
  const format = 'jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}';
  const secrets = await cluster.kubectl("get", "secrets", "--all-namespaces", "-o", format);
  const nodes = await cluster.kubectl("get", "nodes", "-o", "json");
  return [tree, lines(secrets.stdout), (JSON.parse(nodes.stdout) as NodeList).items.map(specOf)];
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly taints?: readonly { readonly key: string }[] };
  }[];
}

/** Without the taints by which the cluster says how the node is: those come and go by themselves. */
function specOf({ metadata, spec }: NodeList["items"][number]): unknown {
  const taints = (spec.taints ?? []).filter(({ key }) => !key.startsWith("node.kubernetes.io/"));
  return { name: metadata.name, ...spec, taints };
}

async function runsOf({ folder }: TestCluster): Promise<readonly string[]> {
  return readdir(join(folder, ".alpine-k8s/logs")).catch(() => []);
}

/** The ids that the one run since then has recorded; none when it wrote no log, as it had nothing to do. */
async function itemsSince(cluster: TestCluster, before: readonly string[]): Promise<readonly string[]> {
  const runs = (await runsOf(cluster)).filter((name) => !before.includes(name));
  expect(runs.length).toBeLessThan(2);
  const [run] = runs;
  if (run === undefined) return [];
  const text = await readFile(join(cluster.folder, ".alpine-k8s/logs", run, "steps.jsonl"), "utf8");
  return lines(text).flatMap((line) => (JSON.parse(line) as StepRecord).items);
}
