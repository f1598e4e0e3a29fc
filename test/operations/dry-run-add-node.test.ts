import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { addNode, planAddNode } from "../../src/operations/add-node/add-node.js";
import type { AddNodeRequest } from "../../src/operations/add-node/choice.js";
import { up } from "../../src/operations/up/up.js";
import { treeOf } from "../stories/support/tree.js";
import { FakeWorld } from "./fake-world.js";
import { idsOf, recordedIds, runsOf } from "./plans.js";

const VAGRANT = `metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
  addons: [{ name: canal, manifest: network.yaml }]
`;
const HOSTS = `metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  provider: hosts
  addons: [{ name: canal, manifest: network.yaml }]
  hosts:
    - { name: master1, role: master, address: 192.168.7.2 }
    - { name: minion1, role: minion, address: 192.168.7.10 }
`;

async function bring(spec: string): Promise<FakeWorld> {
  const world = await FakeWorld.create(spec);
  await up({ ...around(world), overrides: {} });
  world.transcript.splice(0);
  return world;
}

function around(world: FakeWorld) {
  const signal = new AbortController().signal;
  return { folder: world.folder, tools: world.tools(), progress: world.progress(), signal };
}

function input(world: FakeWorld, wish: Partial<AddNodeRequest>) {
  return { ...around(world), wish: { count: 1, shape: {}, host: {}, ...wish } };
}

/** Plans and demands that nothing changed; then adds and demands that what was certain was done, and nothing else. */
async function planAndAdd(world: FakeWorld, wish: Partial<AddNodeRequest> = {}): Promise<ReturnType<typeof idsOf>> {
  const { folder, transcript } = world;
  const before = await treeOf(folder, /^$/);
  const planned = idsOf(await planAddNode(input(world, wish)));
  expect(await treeOf(folder, /^$/)).toEqual(before);
  expect(transcript.filter((line) => !/\(read only\)$| \/ api GET /.test(line))).toEqual([]);
  const runs = await runsOf(folder);
  await addNode(input(world, wish));
  const recorded = await recordedIds(folder, runs);
  expect(planned.certain.filter((id) => !recorded.includes(id))).toEqual([]);
  expect(recorded.filter((id) => !planned.all.includes(id))).toEqual([]);
  return planned;
}

describe("add-node --dry-run says what add-node does", () => {
  it("for the next minion, whose machine is still to be made", async () => {
    const { certain, all } = await planAndAdd(await bring(VAGRANT));
    expect(certain).toEqual(all);
    expect(certain).toEqual([
      ...["write-spec/-/note-pending-nodes", "write-spec/-/edit", "render-files/-/vagrantfile"],
      "render-files/-/kubeadm-minion3-yaml",
      "render-files/-/kubelet-minion3-pem",
      ...["start-machines/minion3/start", "start-machines/minion3/prepare", "start-machines/minion3/pin-host-key"],
      ...["make-token/-/make-token", "join/minion3/join", "revoke-token/-/revoke-token"],
      "wait-until-ready/-/forget-pending-nodes",
    ]);
  });

  it("for three at once", async () => {
    const { certain } = await planAndAdd(await bring(VAGRANT), { count: 3 });
    expect(certain.filter((id) => id.startsWith("join/"))).toEqual([3, 4, 5].map((n) => `join/minion${n}/join`));
  });

  it("for two masters, of which all nodes have to be told", async () => {
    const { certain, all } = await planAndAdd(await bring(VAGRANT), { role: "master", count: 2 });
    expect(certain).toContain("join/master2/join");
    expect(all).toContain("tell-other-nodes/minion1/refresh");
    expect(certain).not.toContain("tell-other-nodes/minion1/refresh");
  });

  it("for a host that answers, and is fit but for its preparation", async () => {
    const world = await bring(HOSTS);
    world.machine("minion2").unmet = ["sysctls"];
    const { certain } = await planAndAdd(world, { host: { address: "192.168.7.11" } });
    expect(certain).toContain("join/minion2/join");
    expect(certain).toContain("start-machines/minion2/sysctls");
    expect(certain).toContain("start-machines/minion2/pin-host-key");
  });

  it("for a Ready member: nothing", async () => {
    expect((await planAndAdd(await bring(VAGRANT), { name: "minion2" })).all).toEqual([]);
  });

  it("for a node of the spec whose machine somebody destroyed", async () => {
    const world = await bring(VAGRANT);
    Object.assign(world.machine("minion2"), { running: false, exists: false, state: "clean" });
    const { certain } = await planAndAdd(world);
    expect(certain).toContain("start-machines/minion2/start");
    expect(certain).toContain("join/minion2/join");
    expect(certain).not.toContain("write-spec/-/edit");
  });

  it("for one that has joined and is halted: what is on it is not known yet", async () => {
    const world = await bring(VAGRANT);
    const machine = world.machine("minion2");
    machine.running = false;
    Object.defineProperty(machine, "ready", { get: () => machine.running });
    const { certain, all } = await planAndAdd(world, { name: "minion2" });
    expect(certain).toContain("start-machines/minion2/start");
    expect(all).toContain("join/minion2/join");
    expect(certain).not.toContain("join/minion2/join");
  });

  it("by way of a master where admin.config is gone", async () => {
    const world = await bring(VAGRANT);
    await rm(join(world.folder, "admin.config"));
    expect((await planAndAdd(world)).certain).toContain("join/minion3/join");
  });
});

describe("add-node --dry-run refuses what add-node refuses", () => {
  it("a wish that cannot be, and a host that does not answer", async () => {
    const world = await bring(HOSTS);
    await expect(planAddNode(input(world, { count: 0 }))).rejects.toMatchObject({ kind: "usage" });
    await expect(planAddNode(input(world, { name: "minion2" }))).rejects.toMatchObject({ kind: "usage" });
    const wish = { name: "minion2", host: { address: "192.168.7.11" } };
    const tools = world.tools();
    const connect = () => Promise.reject(new AlpineK8sError("node", "minion2: no route to host", { node: "minion2" }));
    await expect(planAddNode({ ...input(world, wish), tools: { ...tools, connect } })).rejects.toMatchObject({
      ...{ kind: "node", node: "minion2" },
      message: expect.stringContaining("no route to host") as string,
    });
    expect(await readFile(join(world.folder, "alpine-k8s.yaml"), "utf8")).toBe(HOSTS);
  });

  it("while the API does not answer", async () => {
    const world = await bring(VAGRANT);
    const tools = world.tools();
    const readyz = () => Promise.resolve("etcd is away");
    const kube: typeof tools.kube = async (asked) => ({ ...(await tools.kube(asked)), readyz });
    await expect(planAddNode({ ...input(world, {}), tools: { ...tools, kube } })).rejects.toMatchObject({
      kind: "unhealthy",
      message: expect.stringContaining("Ask the cluster: no node can join") as string,
    });
  });
});
