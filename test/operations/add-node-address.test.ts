import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { addNode, addNodeSteps, planAddNode, type AddNodeSummary } from "../../src/operations/add-node/add-node.js";
import type { AddNodeRequest } from "../../src/operations/add-node/choice.js";
import { up } from "../../src/operations/up/up.js";
import { serverOf } from "./admin-server.js";
import { FakeWorld, SPEC } from "./fake-world.js";
import { idsOf, recordedIds, runsOf } from "./plans.js";

const WITH = SPEC.replace(/addons: \[/, "addons: [kube-vip, ");
const nodes = (masters: number): string => `  nodes: { masters: { count: ${masters} }, minions: { count: 1 } }\n`;
const ADDRESS = "https://10.250.250.9:6443";

let world: FakeWorld;

/** A cluster that is up, and what was done for it is forgotten. */
async function bring(spec: string): Promise<void> {
  world = await FakeWorld.create(spec);
  for (const name of ["master1", "master2", "master3", "master4", "minion1", "minion2", "minion3"])
    world.machine(name).facts["interface"] = "eth1";
  await up({ ...around(), overrides: {} });
  world.address.actions.splice(0);
  world.transcript.splice(0);
  world.tokens.clear();
}

const around = (signal = new AbortController().signal) => ({
  ...{ folder: world.folder, tools: world.tools(), progress: world.progress(), signal },
});
const wishOf = (wish: Partial<AddNodeRequest>): AddNodeRequest => ({ count: 1, shape: {}, host: {}, ...wish });
const add = (wish: Partial<AddNodeRequest>): Promise<AddNodeSummary> => addNode({ ...around(), wish: wishOf(wish) });
const server = async (): Promise<unknown> => serverOf(await readFile(join(world.folder, "admin.config"), "utf8"));

describe("add-node to a cluster whose masters have one address", () => {
  beforeEach(() => bring(`${WITH}${nodes(3)}`));

  it("gives a new master the pod, and lets it ask at the address; the others are left as they are", async () => {
    const { warnings } = await add({ role: "master" });
    expect(warnings).toEqual([
      "4 masters: etcd needs a majority of them, so the cluster survives the loss of one; 5 survive the loss of two",
    ]);
    expect(world.address.actions).toEqual(["put master4", "ask master1", "use master4"]);
    expect(await server()).toBe(ADDRESS);
  });

  it("is where up finds nothing to do about it afterwards", async () => {
    await add({ role: "master" });
    world.address.actions.splice(0);
    world.transcript.splice(0);
    await up({ ...around(), overrides: {} });
    expect(world.address.actions).toEqual([]);
    expect(world.transcript.filter((line) => /vagrant|\.sh/.test(line))).toEqual([]);
  });

  it("lets a new minion ask at the address, and touches no other node", async () => {
    await add({});
    expect(world.address.actions).toEqual(["use minion2"]);
    expect(world.transcript.filter((line) => /DELETE .*pods/.test(line))).toEqual([
      "Use the address of all masters / api DELETE /api/v1/namespaces/kube-system/pods/kube-proxy-minion2",
      "Use the address of all masters / api DELETE /api/v1/namespaces/kube-system/pods/canal-minion2",
    ]);
    const touched = world.transcript.flatMap((line) => / \/ (\w+\d)\$ /.exec(line)?.[1] ?? []);
    expect(new Set(touched)).toEqual(new Set(["minion2"]));
  });

  it("plans it, and does what it has planned", async () => {
    const before = await runsOf(world.folder);
    const planned = idsOf(await planAddNode({ ...around(), wish: wishOf({ role: "master" }) }));
    expect(planned.certain.slice(-3)).toEqual([
      "put-virtual-address/master4/put-pod",
      "use-virtual-address/master4/use-address",
      "note-members/-/forget-pending-nodes",
    ]);
    await add({ role: "master" });
    const recorded = await recordedIds(world.folder, before);
    expect(recorded.filter((id) => !planned.all.includes(id))).toEqual([]);
    expect(planned.certain.filter((id) => !recorded.includes(id))).toEqual([]);
  });

  it("warns of a pod that cannot be put, and up does it later", async () => {
    world.failures.set("master4$ virtual-address.sh", { exitCode: 10, stderr: "alpine-k8s: disk: it is full" });
    const { nodes: added, warnings } = await add({ role: "master" });
    expect(added.map(({ outcome }) => outcome)).toEqual(["added"]);
    expect(warnings.slice(1)).toEqual([
      expect.stringMatching(/^master4: [^]*it is full; later: alpine-k8s up$/),
      expect.stringMatching(/^master4: [^]*it is full; later: alpine-k8s up$/),
    ]);
    world.failures.clear();
    world.address.actions.splice(0);
    await up({ ...around(), overrides: {} });
    expect(world.address.actions).toEqual(["put master4", "ask master1", "use master4"]);
  });

  it("warns of a master whose network card is not known", async () => {
    delete world.machine("master4").facts["interface"];
    const { warnings } = await add({ role: "master" });
    expect(warnings.slice(1)).toEqual([
      "master4: no network card has the address 10.250.250.5, so none can carry 10.250.250.9; later: alpine-k8s up",
    ]);
    expect(world.address.actions).toEqual(["ask master1", "use master4"]);
  });

  it("goes on without a member that does not answer", async () => {
    Object.assign(world.machine("master2"), { running: false });
    await add({ role: "master" });
    expect(world.address.actions).toEqual(["put master4", "ask master1", "use master4"]);
  });

  it.each(addNodeSteps([], true, true).map((step) => [step.title]))(
    "stopped in «%s», the same command goes on until it is done",
    async (title) => {
      const stop = new AbortController();
      const progress = world.progress();
      const stopping = {
        ...progress,
        stepStarted: (started: string) => {
          progress.stepStarted(started);
          if (started === title) stop.abort(new AlpineK8sError("interrupted", "interrupted"));
        },
      };
      const wish = wishOf({ role: "master" });
      await expect(addNode({ ...around(stop.signal), progress: stopping, wish })).rejects.toMatchObject({
        kind: "interrupted",
      });
      const { nodes: added } = await add({ role: "master" });
      expect(added.map(({ name }) => name)).toEqual(["master4.example.com"]);
      expect(world.address.actions.filter((one) => !one.startsWith("ask"))).toEqual(["put master4", "use master4"]);
      expect(world.machines.get("master5")).toBeUndefined();
    },
  );
});

describe("a cluster with one master", () => {
  it("gets the pods on all three, and every node uses the address, when two masters are added", async () => {
    await bring(`${WITH.replace("kube-vip, ", "")}${nodes(1)}`);
    expect(await server()).toBe("https://10.250.250.2:6443");
    await writeFile(join(world.folder, "alpine-k8s.yaml"), `${WITH}${nodes(1)}`);
    await add({ role: "master", count: 2 });
    expect(world.address.actions).toEqual([
      ...["put master1", "put master2", "put master3", "ask master1"],
      ...["use master1", "use master2", "use master3", "use minion1"],
    ]);
    expect(await server()).toBe(ADDRESS);
    world.address.actions.splice(0);
    await up({ ...around(), overrides: {} });
    expect(world.address.actions).toEqual([]);
  });
});
