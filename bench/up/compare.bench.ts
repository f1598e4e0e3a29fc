import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { benchMachines } from "../../test/stories/support/bench-machines.js";
import { HOME, startBench, startInBench } from "../../test/stories/support/bench.js";
import { hostsSpec, TestCluster } from "../../test/stories/support/cluster.js";
import type { Machines } from "../../test/stories/support/machines.js";
import { expectDone, ROOT } from "../../test/stories/support/programs.js";
import { comparison, type Run, runOf } from "./measure.js";

// `up` and the yardstick in turn, on the same machines, each time as new.
const TIMES = Number(process.env["ALPINE_K8S_TIMES"] ?? "5");
const MASTERS = Number(process.env["ALPINE_K8S_MASTERS"] ?? "1");
const MINIONS = MASTERS === 1 ? 2 : 1;
const LIMIT = 60 * 60_000;

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
    for (let turn = 1; turn <= TIMES; turn++) {
      script.push(await runScript());
      ours.push(await runUp());
      console.log(`turn ${turn}\n${comparison(script, ours)}`);
    }
    expect(ours.map(({ failedSandboxes }) => failedSandboxes)).toEqual(ours.map(() => 0));
  },
  LIMIT,
);

/** The machines as new, with the hosts file that every Alpine has: without it each sudo waits for a name server. */
async function asNew(): Promise<void> {
  const names = machines.logins.map(({ name }) => name);
  await machines.reset(...names);
  for (const name of names) expectDone(await machines.on(name, "echo 127.0.0.1 localhost >>/etc/hosts"));
}

async function runScript(): Promise<Run> {
  await asNew();
  await rm(plain, { recursive: true, force: true });
  await mkdir(plain, { recursive: true });
  const of = (role: string): string[] => machines.logins.filter((one) => one.role === role).map((one) => one.address);
  const words = [machines.logins[0]?.key ?? "", join(ROOT, "practice/network.yaml"), plain];
  const script = ["sh", join(ROOT, "bench/up/plain.sh"), ...words, ...of("master"), "--", ...of("minion")];
  return runOf(await startInBench(script).done, join(plain, "admin.conf"));
}

async function runUp(): Promise<Run> {
  await asNew();
  await cluster.reset(hostsSpec("timed", machines.logins));
  return runOf(await cluster.run("up"), join(cluster.folder, "admin.config"));
}
