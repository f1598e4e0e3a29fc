import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { addNode, type AddNodeSummary } from "../../src/operations/add-node/add-node.js";
import type { AddNodeRequest } from "../../src/operations/add-node/choice.js";
import { clusterStatus } from "../../src/operations/status.js";
import type { UpSummary } from "../../src/operations/up/summary.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { transcriptOf } from "./transcript.js";

const THREE = `${SPEC}  nodes: { masters: { count: 3 }, minions: { count: 1 } }\n`;
const FURTHER = ["master2", "master3"];

let world: FakeWorld;

async function bring(spec: string): Promise<void> {
  world = await FakeWorld.create(spec);
}

const around = () => ({
  ...{ folder: world.folder, tools: world.tools(), progress: world.progress() },
  signal: new AbortController().signal,
});

function run(): Promise<UpSummary> {
  return up({ ...around(), overrides: {} });
}

function add(wish: Partial<AddNodeRequest> = {}): Promise<AddNodeSummary> {
  return addNode({ ...around(), wish: { count: 1, shape: {}, host: {}, ...wish } });
}

/** Commands that were run on a node, in order. */
const commandsOn = (name: string): string[] =>
  world.transcript.flatMap((line) => new RegExp(` / ${name}\\$ (.*)`).exec(line)?.[1] ?? []);

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "done",
    (error: unknown) => (error as Error).message,
  );
}

describe("up with three masters", () => {
  beforeEach(() => bring(THREE));

  it("makes the cluster on the first and lets the others join it, one at a time", async () => {
    const summary = await run();
    const joins = world.transcript.filter((line) => /Join the m.*\$ (master|minion)\.sh/.test(line));
    expect(joins).toEqual([
      "Join the masters / master2$ master.sh",
      "Join the masters / master3$ master.sh",
      "Join the minions / minion1$ minion.sh",
    ]);
    await expect(transcriptOf(world)).toMatchFileSnapshot("../golden/transcripts/three-masters.txt");
    expect(summary.nodes.map(({ name, role }) => `${name} ${role}`)).toEqual([
      ...["master1", "master2", "master3"].map((name) => `${name}.example.com master`),
      "minion1.example.com minion",
    ]);
    expect(summary.warnings).toEqual([]);
  });

  it("lets kube-proxy on the first start again where etcd was without a leader meanwhile", async () => {
    const restarted = () => world.transcript.filter((line) => line.includes("DELETE") && line.includes("kube-proxy"));
    await run();
    expect(restarted()).toEqual([]);
    await bring(THREE.replace("v1.36.1", "v1.28.7").replace("provider: libvirt", "provider: libvirt, box: own/alpine"));
    await run();
    expect(restarted()).toEqual([
      "Join the masters / api DELETE /api/v1/namespaces/kube-system/pods/kube-proxy-master1",
    ]);
    await run();
    expect(restarted()).toHaveLength(1);
  });

  it("only looks when all is well, and starts what is off", async () => {
    await run();
    world.transcript.splice(0);
    await run();
    expect(FURTHER.map(commandsOn)).toEqual([["facts (read only)"], ["facts (read only)"]]);
    for (const machine of world.machines.values()) machine.running = false;
    await run();
    expect(world.joins.map(({ name }) => name)).toEqual(["master2", "master3", "minion1"]);
  });

  it("asks another master when the first has lost its machine, which joins and makes no second cluster", async () => {
    await run();
    world.transcript.splice(0);
    const lost = { running: false, exists: false, state: "clean", role: "none", kubelet: "none", api: "none" } as const;
    Object.assign(world.machine("master1"), lost);
    await run();
    expect(commandsOn("master2")).toContain("shared certificates (read only)");
    expect(world.transcript.filter((line) => line.includes("master1$ master.sh"))).toEqual([
      "Join the masters / master1$ master.sh",
    ]);
    expect(await readFile(join(world.folder, "admin.config"), "utf8")).toContain("https://10.250.250.3:6443");
  });

  it("makes no cluster while a master cannot be looked at that might be one", async () => {
    world.failures.set("master3$ shared.sh", { exitCode: 10, stderr: "no" });
    expect(await refusal(run())).toMatch(/^Start and prepare machines: master3: /);
    expect(commandsOn("master1")).toEqual(["facts (read only)", "shared.sh"]);
  });

  it("takes what a broken join left in etcd out before the next try", async () => {
    await run();
    world.transcript.splice(0);
    Object.assign(world.machine("master3"), { state: "started", role: "master", kubelet: "none", api: "none" });
    await run();
    const order = world.transcript.filter((line) => /etcd|shared certificates|master3\$ master\.sh/.test(line));
    expect(order.at(0)).toMatch(/^Join the masters \/ master1\$ .*etcd/);
    expect(order.at(-1)).toBe("Join the masters / master3$ master.sh");
  });

  it("brings up the API of a master that has joined", async () => {
    await run();
    world.transcript.splice(0);
    world.machine("master2").api = "down";
    expect((await clusterStatus(around())).upWould).toEqual([
      "see to master2.example.com: api: does not answer on this master",
    ]);
    await run();
    expect(commandsOn("master2")).toEqual(["facts (read only)", "facts (read only)", "master.sh"]);
    expect(world.joins).toHaveLength(3);
  });
});

it("two masters are told to be worse than one", async () => {
  await bring(`${SPEC}  nodes: { masters: { count: 2 }, minions: { count: 0 } }\n`);
  expect((await run()).warnings).toEqual([
    "2 masters: etcd needs a majority of them, so the cluster survives the loss of none; 3 survive the loss of one",
  ]);
});

describe("add-node --role master", () => {
  beforeEach(async () => {
    await bring(SPEC);
    await run();
    world.transcript.splice(0);
    world.joins.splice(0);
  });

  it("makes two masters more, one at a time, with a token of their own", async () => {
    const summary = await add({ role: "master", count: 2 });
    expect(summary.nodes.map(({ name, role, outcome }) => `${name} ${role} ${outcome}`)).toEqual([
      "master2.example.com master added",
      "master3.example.com master added",
    ]);
    await expect(transcriptOf(world)).toMatchFileSnapshot("../golden/transcripts/add-masters.txt");
    expect(world.joins.map(({ wasKnown }) => wasKnown)).toEqual([true, true]);
    expect(world.tokens.size).toBe(0);
    expect(await readFile(join(world.folder, "alpine-k8s.yaml"), "utf8")).toBe(
      `${SPEC}  nodes:\n    masters:\n      count: 3\n`,
    );
  });

  it("takes a name of the row of masters for one", async () => {
    const [node] = (await add({ name: "master2" })).nodes;
    expect(node).toEqual({ name: "master2.example.com", role: "master", address: "10.250.250.3", outcome: "added" });
  });

  it("goes on with one that the spec has, and leaves minions of the spec to others", async () => {
    await writeFile(
      join(world.folder, "alpine-k8s.yaml"),
      `${SPEC}  nodes: { masters: { count: 2 }, minions: { count: 3 } }\n`,
    );
    const summary = await add({ role: "master" });
    expect(summary.nodes.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(["master2.example.com continued"]);
    expect(world.machine("minion3").exists).toBe(false);
  });
});
