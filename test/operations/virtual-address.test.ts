import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { beforeEach, describe, expect, it } from "vitest";
import { INVENTORIES } from "../../src/addons/inventory/inventory.js";
import type { Tools } from "../../src/engine/tools.js";
import type { KubeApi, KubeObject } from "../../src/kube/kube-api.js";
import { disableAddon } from "../../src/operations/addons/disable.js";
import { enableAddon } from "../../src/operations/addons/enable.js";
import { listAddons } from "../../src/operations/addons/list.js";
import { lookAtNodes } from "../../src/operations/doctor/doctor-nodes.js";
import { addonsStatus } from "../../src/operations/addons/status.js";
import { clusterStatus } from "../../src/operations/status.js";
import { planUp, up } from "../../src/operations/up/up.js";
import type { UpSummary } from "../../src/operations/up/summary.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { transcriptOf } from "./transcript.js";

type KubeInput = Parameters<Tools["kube"]>[0];

const NODES = "  nodes: { masters: { count: 3 }, minions: { count: 1 } }\n";
const WITHOUT = `${SPEC}${NODES}`;
const WITH = WITHOUT.replace(/addons: \[/, "addons: [kube-vip, ");
const MASTERS = ["master1", "master2", "master3"];
const ALL = [...MASTERS, "minion1"];

let world: FakeWorld;

async function bring(spec: string): Promise<void> {
  world = await FakeWorld.create(spec);
  for (const name of ALL) world.machine(name).facts["interface"] = "eth1";
}

const around = () => ({
  ...{ folder: world.folder, tools: world.tools(), progress: world.progress() },
  signal: new AbortController().signal,
});

const run = (more: { waitFor?: "addons" } = {}): Promise<UpSummary> => up({ ...around(), overrides: {}, ...more });
const config = (): Promise<string> => readFile(join(world.folder, "admin.config"), "utf8");
const serverIn = (text: string): unknown =>
  (parse(text) as { clusters: [{ cluster: { server: string } }] }).clusters[0].cluster.server;
const rewrite = (spec: string): Promise<void> => writeFile(join(world.folder, "alpine-k8s.yaml"), spec);

describe("up with one address for three masters", () => {
  beforeEach(() => bring(WITH));

  it("gives each master its pod, waits for the API at the address, then lets every node use it", async () => {
    const { warnings } = await run();
    expect(warnings).toEqual([]);
    expect(world.address.actions).toEqual([
      ...MASTERS.map((name) => `put ${name}`),
      "ask master1",
      ...ALL.map((name) => `use ${name}`),
    ]);
    await expect(transcriptOf(world)).toMatchFileSnapshot("../golden/transcripts/virtual-address.txt");
  });

  it("writes an admin.config that leads to the address", async () => {
    await run();
    expect(serverIn(await config())).toBe("https://10.250.250.9:6443");
  });

  it("asks nothing more when all is done", async () => {
    await run();
    world.address.actions.splice(0);
    await run();
    expect(world.address.actions).toEqual([]);
  });

  it("warns when the address does not come, and nodes go on with the masters' own", async () => {
    world.address.answers = false;
    world.address.carriers = [waiting("ImagePullBackOff", "Back-off pulling image")];
    const { warnings } = await run();
    expect(warnings).toEqual([
      expect.stringMatching(
        /^the masters have no address of all yet: gave up after \d+ s waiting for the API at 10\.250\.250\.9: the pod that carries it on master1\.example\.com: ImagePullBackOff: Back-off pulling image; nodes use the masters' own\. To wait for it: alpine-k8s up --wait addons$/,
      ),
    ]);
    expect(world.address.actions.filter((one) => one.startsWith("use"))).toEqual([]);
    world.address.answers = true;
    world.address.actions.splice(0);
    expect((await run()).warnings).toEqual([]);
    expect(world.address.actions).toEqual(["ask master1", ...ALL.map((name) => `use ${name}`)]);
  });

  it("fails when the address is waited for and does not come", async () => {
    world.address.answers = false;
    await expect(run({ waitFor: "addons" })).rejects.toMatchObject({
      kind: "timeout",
      message: expect.stringMatching(
        /Use the address of all masters: gave up after \d+ s waiting for the API at 10/,
      ) as unknown,
    });
  });

  it("plans the pods and what nodes are told", async () => {
    const { steps } = await planUp({ ...around(), overrides: {} });
    const items = (id: string): readonly string[] =>
      steps.find((step) => step.id === id)?.items.map(({ text }) => text) ?? [];
    expect(items("put-virtual-address")).toEqual(
      MASTERS.map((name) => `put the pod that carries 10.250.250.9 on ${name}`),
    );
    expect(items("use-virtual-address")).toEqual(
      ALL.map((name) => `let ${name} ask the API at 10.250.250.9, and restart kube-proxy there`),
    );
  });

  it("takes it back when the spec has it no more: first from the hosts files, then from the masters", async () => {
    await run();
    world.address.actions.splice(0);
    world.transcript.splice(0);
    await rewrite(WITHOUT);
    for (const name of ALL) {
      delete world.machine(name).facts["virtual_first"];
      world.machine(name).unmet.push("hosts-endpoint");
    }
    await run();
    expect(world.address.actions).toEqual(MASTERS.map((name) => `drop ${name}`));
    const commands = world.transcript.filter((line) => /\$ (shared|virtual-address)\.sh/.test(line));
    expect(commands.findLastIndex((line) => line.includes("shared.sh"))).toBeLessThan(
      commands.findIndex((line) => line.includes("virtual-address.sh")),
    );
    expect(serverIn(await config())).toBe("https://10.250.250.2:6443");
  });
});

it("is given to a cluster that has none", async () => {
  await bring(WITHOUT);
  await run();
  expect(world.address.actions).toEqual([]);
  expect(serverIn(await config())).toBe("https://10.250.250.2:6443");
  await rewrite(WITH);
  await run();
  expect(world.address.actions).toHaveLength(8);
  expect(serverIn(await config())).toBe("https://10.250.250.9:6443");
});

describe("the commands about add-ons and the address of all masters", () => {
  const limits = { forceConflicts: false, timeout: 5_000 };
  const enabling = (name: string) => ({ ...around(), name, ...limits, wish: { name, set: [] } });
  const withInventories = () => {
    const tools = world.tools();
    const list = (kube: KubeApi): KubeApi => ({
      ...kube,
      list: (path, signal) => (path === INVENTORIES ? Promise.resolve([]) : kube.list(path, signal)),
    });
    return { ...around(), tools: { ...tools, kube: async (input: KubeInput) => list(await tools.kube(input)) } };
  };

  it("enable does what up does, and writes the spec first", async () => {
    await bring(WITHOUT);
    await run();
    const changed = await enableAddon(enabling("kube-vip"));
    expect(changed).toMatchObject({
      addon: "kube-vip",
      version: "v1.2.3",
      spec: "changed",
      applied: true,
      ready: true,
    });
    expect(await readFile(join(world.folder, "alpine-k8s.yaml"), "utf8")).toContain("kube-vip");
    expect(world.address.actions).toEqual([
      ...MASTERS.map((name) => `put ${name}`),
      "ask master1",
      ...ALL.map((name) => `use ${name}`),
    ]);
    expect(serverIn(await config())).toBe("https://10.250.250.9:6443");
    world.address.actions.splice(0);
    await enableAddon(enabling("kube-vip"));
    expect(world.address.actions).toEqual([]);
  });

  it("enable refuses a cluster whose nodes have not all joined, with nothing written", async () => {
    await bring(WITHOUT);
    await run();
    Object.assign(world.machine("master3"), { state: "clean", role: "none" });
    await expect(enableAddon(enabling("kube-vip"))).rejects.toMatchObject({
      message: "Look at the nodes: not all nodes answer and have joined: master3; nothing was changed",
      hints: ["alpine-k8s status", "with kube-vip in spec.addons: alpine-k8s up"],
    });
    expect(await readFile(join(world.folder, "alpine-k8s.yaml"), "utf8")).toBe(WITHOUT);
    expect(world.address.actions).toEqual([]);
  });

  it("disable lets the nodes forget it before the masters give it up", async () => {
    await bring(WITH);
    await run();
    world.address.actions.splice(0);
    world.transcript.splice(0);
    for (const name of ALL) world.machine(name).unmet.push("hosts-endpoint");
    const confirm = (): Promise<boolean> => Promise.resolve(true);
    const disabled = await disableAddon({ ...around(), name: "kube-vip", withData: false, timeout: 5_000, confirm });
    expect(disabled).toMatchObject({
      spec: "changed",
      removed: MASTERS.map((name) => `Pod kube-system/kube-vip-${name}`),
    });
    expect(world.address.actions).toEqual(MASTERS.map((name) => `drop ${name}`));
    const commands = world.transcript.filter((line) => /\$ (shared|virtual-address)\.sh/.test(line));
    expect(commands.findLastIndex((line) => line.includes("shared.sh"))).toBeLessThan(
      commands.findIndex((line) => line.includes("virtual-address.sh")),
    );
    expect(await readFile(join(world.folder, "alpine-k8s.yaml"), "utf8")).not.toContain("kube-vip");
    expect(serverIn(await config())).toBe("https://10.250.250.2:6443");
  });

  it("status and list tell of its pods", async () => {
    await bring(WITH);
    await run();
    world.address.carriers = MASTERS.map((name) => carrier(name));
    const { addons } = await addonsStatus({ ...withInventories(), name: "kube-vip" });
    expect(addons).toMatchObject([
      { name: "kube-vip", version: "v1.2.3", applied: true, ready: true, images: ["ghcr.io/kube-vip/kube-vip:v1.2.3"] },
    ]);
    world.address.carriers.pop();
    const [less] = (await addonsStatus({ ...withInventories(), name: "kube-vip" })).addons;
    expect(less?.conditions.filter(({ met }) => !met)).toEqual([
      { id: "pod-on-master3", met: false, reason: "master3.example.com has no pod of it: alpine-k8s up" },
    ]);
    const listed = (await listAddons(withInventories())).addons.find(({ name }) => name === "kube-vip");
    expect(listed).toMatchObject({ enabled: true, runs: "v1.2.3", newest: "v1.2.3", outdated: false });
  });

  it("the cluster's status tells whether it answers, and from which master, and what is missing", async () => {
    await bring(WITH);
    await run();
    world.machine("master2").facts["virtual_here"] = "yes";
    const found = async () => {
      const status = await clusterStatus(around());
      return { ...status.conditions.find(({ id }) => id === "virtual-address"), healthy: status.healthy };
    };
    expect(await found()).toEqual({
      ...{ id: "virtual-address", met: true, reason: "10.250.250.9, master2 has it", healthy: true },
    });
    delete world.machine("minion1").facts["virtual_first"];
    delete world.machine("master3").facts["virtual_pod"];
    expect(await found()).toEqual({
      ...{ id: "virtual-address", met: false, healthy: true },
      reason:
        "10.250.250.9: master2 has it; its pod is missing or another one on master3; not asked there yet: minion1: alpine-k8s up",
    });
    const finding = (await lookAtNodes(around())).find(({ id }) => id === "virtual-address");
    expect(finding).toMatchObject({ on: "the cluster", state: "failed", weight: "warning", command: "alpine-k8s up" });
  });
});

function carrier(name: string): KubeObject {
  return {
    ...{ apiVersion: "v1", kind: "Pod" },
    metadata: {
      ...{ name: `kube-vip-${name}.example.com`, namespace: "kube-system" },
      annotations: { "alpine-k8s/version": "v1.2.3" },
    },
    spec: { nodeName: `${name}.example.com`, containers: [{ image: "ghcr.io/kube-vip/kube-vip:v1.2.3" }] },
    status: { containerStatuses: [{ name: "kube-vip", ready: true, state: { running: {} } }] },
  };
}

function waiting(reason: string, message: string) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "kube-vip-master1.example.com", namespace: "kube-system" },
    spec: { nodeName: "master1.example.com" },
    status: { containerStatuses: [{ name: "kube-vip", state: { waiting: { reason, message } } }] },
  };
}
