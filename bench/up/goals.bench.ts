import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { benchMachines } from "../../test/stories/support/bench-machines.js";
import { inBench, startBench } from "../../test/stories/support/bench.js";
import { hostsSpec, TestCluster } from "../../test/stories/support/cluster.js";
import { type Login, loginFlags, type Machines } from "../../test/stories/support/machines.js";
import { expectDone, type Outcome } from "../../test/stories/support/programs.js";
import { hollowNodes } from "./hollow.js";
import { joinSeconds, median } from "./measure.js";

// What users wait for on a cluster that exists, on the practice machines.
const TIMES = Number(process.env["ALPINE_K8S_TIMES"] ?? "5");
const LIMIT = 30 * 60_000;

const cluster = new TestCluster("goals");
let machines: Machines;

beforeAll(async () => {
  await startBench();
  machines = await benchMachines("goals", { masters: 1, minions: 2, spares: 1 });
  await cluster.reset(hostsSpec("goals", members()));
  expectDone(await cluster.run("up"));
  // A cluster that has just come up works on for a while.
  await sleep(20_000);
}, LIMIT);

afterAll(() => machines.end());

function members(): Login[] {
  return machines.logins.filter(({ name }) => !name.startsWith("spare"));
}

/** Runs a command several times, and prints the row. */
async function times(of: string, ...words: string[]): Promise<void> {
  const seconds: number[] = [];
  for (let turn = 0; turn < TIMES; turn++) {
    const outcome = await cluster.run(...words);
    // Hollow nodes are in no spec: `status` tells them, and ends with 4.
    if (words[0] !== "status" || outcome.code !== 4) expectDone(outcome);
    seconds.push(outcome.milliseconds / 1000);
  }
  row(`${words.join(" ")}, ${of}`, seconds);
}

function row(what: string, seconds: readonly number[]): void {
  const each = seconds.map((one) => one.toFixed(2)).join(", ");
  console.log(`| ${what} | ${median(seconds).toFixed(2)} | ${each} |`);
}

/** `add-node` of the spare machine, and how long kubeadm's own join took of it. */
async function addNode(of: string): Promise<void> {
  const spare = machines.logins.find(({ name }) => name === "spare1");
  if (spare === undefined) throw new Error("no spare machine");
  const [whole, joins]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < Math.min(3, TIMES); turn++) {
    const outcome = await cluster.run("add-node", "minion3", ...loginFlags(spare));
    expectDone(outcome);
    whole.push(outcome.milliseconds / 1000);
    joins.push(await joinSeconds(cluster.folder, "minion3"));
    if (turn === 0) console.log((await cluster.run("timings")).stdout);
    expectDone(await cluster.run("remove-node", "minion3", "--yes"));
    await machines.reset("spare1");
  }
  row(`add-node, ${of}`, whole);
  row(`kubeadm's own join in it, ${of}`, joins);
}

it("up on a cluster that is up", () => times("three nodes", "up"), LIMIT);

it("status", () => times("three nodes", "status"), LIMIT);

it(
  "addons list, and addons enable beside kubectl",
  async () => {
    const words = ["--name", "page", "--manifest", "practice/addons/headlamp.yaml", "--times", String(TIMES)];
    const outcome = await inBench("node", "bench/addons.js", "--dir", cluster.folder, ...words);
    expectDone(outcome);
    console.log(outcome.stdout);
  },
  LIMIT,
);

it("add-node beside kubeadm's own join", () => addNode("three nodes"), LIMIT);

it(
  "status and add-node with a hundred nodes",
  async () => {
    const end = await hollowNodes(cluster, 97);
    try {
      await times("100 nodes", "status");
      await addNode("100 nodes");
    } finally {
      await end();
    }
  },
  LIMIT,
);

it(
  "190 silent hosts",
  async () => {
    // Whatever is sent into this link is lost.
    expectDone(await inBench("sh", "-c", SILENT_NETWORK));
    const silent = new TestCluster("silent");
    const login = (number: number): Login => ({
      ...{ name: number === 1 ? "master1" : `minion${number - 1}`, role: number === 1 ? "master" : "minion" },
      ...{ address: `198.51.100.${number + 1}`, port: 22, user: "vagrant", key: machines.logins[0]?.key },
    });
    await silent.reset(
      hostsSpec(
        "silent",
        Array.from({ length: 191 }, (_, index) => login(index + 1)),
      ),
    );
    const [outcome, megabytes] = await withMemory(silent, "up");
    expect(outcome.code).toBe(4);
    row("up with 191 silent hosts", [outcome.milliseconds / 1000]);
    console.log(`| … its memory at most, MB | ${megabytes} | |`);
  },
  LIMIT,
);

const SILENT_NETWORK = `ip link show silent >/dev/null 2>&1 || {
  ip link add silent type bridge && ip link set silent arp off && ip address add 198.51.100.1/24 dev silent && ip link set silent up; }`;

/** Runs a command, and tells how much memory it had at the most, in MB. */
async function withMemory(of: TestCluster, ...words: string[]): Promise<[Outcome, number]> {
  const running = of.start(...words);
  let kilobytes = 0;
  let hasEnded = false;
  void running.done.finally(() => (hasEnded = true));
  while (!hasEnded) {
    const status = await readFile(`/proc/${running.child.pid}/status`, "utf8").catch(() => "");
    kilobytes = Math.max(kilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? "0"));
    await sleep(100);
  }
  return [await running.done, Math.round(kilobytes / 1024)];
}
