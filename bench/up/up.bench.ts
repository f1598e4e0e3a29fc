import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { benchMachines } from "../../test/stories/support/bench-machines.js";
import { HOME, startBench, startInBench } from "../../test/stories/support/bench.js";
import { hostsSpec, TestCluster } from "../../test/stories/support/cluster.js";
import type { Machines } from "../../test/stories/support/machines.js";
import { expectDone, type Outcome, ROOT } from "../../test/stories/support/programs.js";

// `up` and the yardstick in turn, on the same machines, each time as new.
const TIMES = Number(process.env["ALPINE_K8S_TIMES"] ?? "5");
const MASTERS = Number(process.env["ALPINE_K8S_MASTERS"] ?? "1");
const MINIONS = MASTERS === 1 ? 2 : 1;
const LIMIT = 60 * 60_000;

interface Run {
  readonly seconds: number;
  /** Pods whose sandbox could not be made. */
  readonly failedSandboxes: number;
}

const cluster = new TestCluster("timed");
const plain = join(HOME, "clusters", "plain");
let machines: Machines;

beforeAll(async () => {
  await startBench();
  machines = await benchMachines("timed", { masters: MASTERS, minions: MINIONS });
}, LIMIT);

afterAll(() => machines.end());

it(
  `up beside the yardstick, ${MASTERS} + ${MINIONS}`,
  async () => {
    const script: Run[] = [];
    const ours: Run[] = [];
    for (let turn = 0; turn < TIMES; turn++) {
      script.push(await runScript());
      ours.push(await runUp());
      console.log(`turn ${turn + 1}: script ${words(script.at(-1))}, up ${words(ours.at(-1))}`);
    }
    console.log(table(script, ours));
    expect(ours).toHaveLength(TIMES);
  },
  LIMIT,
);

async function runScript(): Promise<Run> {
  await machines.reset(...machines.logins.map(({ name }) => name));
  await rm(plain, { recursive: true, force: true });
  await mkdir(plain, { recursive: true });
  const of = (role: string): string[] => machines.logins.filter((one) => one.role === role).map((one) => one.address);
  const key = machines.logins[0]?.key ?? "";
  const words = [join(ROOT, "bench/up/plain.sh"), key, join(ROOT, "practice/network.yaml"), plain];
  const outcome = await startInBench(["sh", ...words, ...of("master"), "--", ...of("minion")]).done;
  return measured(outcome, join(plain, "admin.conf"));
}

async function runUp(): Promise<Run> {
  await machines.reset(...machines.logins.map(({ name }) => name));
  await cluster.reset(hostsSpec("timed", machines.logins));
  return measured(await cluster.run("up"), join(cluster.folder, "admin.config"));
}

async function measured(outcome: Outcome, config: string): Promise<Run> {
  if (outcome.code !== 0) throw new Error(`code ${outcome.code}: ${outcome.stderr.slice(-2000)}`);
  expect(await readFile(config, "utf8")).toContain("client-certificate-data");
  const events = await startInBench([
    ...["kubectl", `--kubeconfig=${config}`, "get", "events", "-A", "--no-headers"],
    ...["--field-selector", "reason=FailedCreatePodSandBox"],
  ]).done;
  expectDone(events);
  const failedSandboxes = events.stdout.split("\n").filter((line) => line !== "").length;
  return { seconds: outcome.milliseconds / 1000, failedSandboxes };
}

function words(run: Run | undefined): string {
  return run === undefined ? "-" : `${run.seconds.toFixed(1)} s (${run.failedSandboxes} failed sandboxes)`;
}

function table(script: readonly Run[], ours: readonly Run[]): string {
  const row = (name: string, runs: readonly Run[]): string => {
    const all = runs.map(({ seconds }) => seconds.toFixed(1)).join(", ");
    const failed = runs.map(({ failedSandboxes }) => failedSandboxes).join(", ");
    return `| ${name} | ${median(runs).toFixed(1)} | ${all} | ${failed} |`;
  };
  return [
    "| what | median, s | each, s | failed sandboxes |",
    "|---|---|---|---|",
    row("yardstick", script),
    row("alpine-k8s up", ours),
    `ratio of the medians: ${(median(ours) / median(script)).toFixed(2)}`,
  ].join("\n");
}

function median(runs: readonly Run[]): number {
  const sorted = runs.map(({ seconds }) => seconds).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
