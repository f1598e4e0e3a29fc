import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { planRemoveNode, removeNode } from "../../src/operations/remove-node/remove-node.js";
import { up } from "../../src/operations/up/up.js";
import { openHostKeys } from "../../src/remote/host-keys.js";
import { treeOf } from "../stories/support/tree.js";
import { FakeCluster } from "./fake-cluster.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { idsOf, recordedIds, runsOf } from "./plans.js";

async function bring(spec = SPEC): Promise<FakeCluster> {
  const world = await FakeWorld.create(spec);
  await up({ ...around(world), tools: world.tools(), overrides: {} });
  const machine = join(world.folder, ".vagrant/machines/minion1/libvirt/id");
  await mkdir(dirname(machine), { recursive: true });
  await writeFile(machine, "id-of-minion1");
  await openHostKeys(join(world.folder, ".alpine-k8s/known_hosts")).pin("minion1", { type: "ssh-ed25519", blob: "AA" });
  world.transcript.splice(0);
  return new FakeCluster(world, [...world.machines.keys()]);
}

function around(world: FakeWorld) {
  return { folder: world.folder, progress: world.progress(), signal: new AbortController().signal };
}

function input(cluster: FakeCluster, name = "minion1") {
  return { ...around(cluster.world), tools: cluster.tools(), name, force: false, timeout: 10_000 };
}

/** Plans and demands that nothing changed; then removes and demands that what was certain was done, and nothing else. */
async function planAndRemove(cluster: FakeCluster, name?: string): Promise<ReturnType<typeof idsOf>> {
  const { folder, transcript } = cluster.world;
  const before = await treeOf(folder, /^$/);
  const { certain, all } = idsOf(await planRemoveNode(input(cluster, name)));
  expect(await treeOf(folder, /^$/)).toEqual(before);
  expect(transcript.filter((line) => !/\(read only\)$| \/ api GET /.test(line))).toEqual([]);
  const runs = await runsOf(folder);
  await removeNode({ ...input(cluster, name), confirm: () => Promise.resolve(true) });
  const recorded = await recordedIds(folder, runs);
  expect(certain.filter((id) => !recorded.includes(id))).toEqual([]);
  expect(recorded.filter((id) => !all.includes(id))).toEqual([]);
  return { certain, all };
}

describe("remove-node --dry-run says what remove-node does", () => {
  it("with a minion that has pods", async () => {
    const cluster = await bring();
    cluster.pod("web", "minion1");
    const { certain, all } = await planAndRemove(cluster);
    expect(certain).toEqual(all);
    expect(certain).toEqual([
      ...["cordon/minion1/cordon", "drain/minion1/evict", "destroy-machine/minion1/destroy"],
      ...["delete-node-object/minion1/delete", "clean-folder/-/vagrantfile"],
      ...["clean-folder/minion1/remove-kubeadm-config", "clean-folder/minion1/forget-host-key", "edit-spec/-/edit"],
    ]);
    expect(cluster.pods).toEqual([]);
    expect(cluster.world.transcript.filter((line) => line.includes("vagrant destroy"))).toHaveLength(1);
  });

  it("with one that is cordoned and has none", async () => {
    const cluster = await bring();
    const node = cluster.nodes.get("minion1.example.com");
    if (node !== undefined) node.unschedulable = true;
    const { all } = await planAndRemove(cluster);
    expect(all.filter((id) => /^(cordon|drain)\//.test(id))).toEqual([]);
  });

  it("with a master, of which the others may have to be told", async () => {
    const cluster = await bring(`${SPEC}  nodes: { masters: { count: 3 }, minions: { count: 1 } }\n`);
    const { certain, all } = await planAndRemove(cluster, "master3");
    expect(certain).toContain("leave-etcd/master3/remove-member");
    expect(all).toContain("tell-other-nodes/minion1/refresh");
    expect(certain).not.toContain("tell-other-nodes/minion1/refresh");
    expect(cluster.world.etcd.names()).toEqual(["master1", "master2"]);
  });
});

describe("remove-node --dry-run refuses what remove-node refuses", () => {
  it("a node that nobody knows, the last master, pods that would be lost", async () => {
    const cluster = await bring();
    await expect(planRemoveNode(input(cluster, "minion9"))).rejects.toMatchObject({ kind: "usage" });
    await expect(planRemoveNode(input(cluster, "master1"))).rejects.toMatchObject({ kind: "conflict" });
    cluster.pod("alone", "minion1", { owner: "" });
    await expect(planRemoveNode(input(cluster))).rejects.toMatchObject({ kind: "conflict", node: "minion1" });
    expect(idsOf(await planRemoveNode({ ...input(cluster), force: true })).all).toContain("drain/minion1/evict");
    expect(await readFile(join(cluster.world.folder, "alpine-k8s.yaml"), "utf8")).toBe(SPEC);
  });
});
