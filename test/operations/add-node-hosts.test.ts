import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { addNode, type AddNodeSummary } from "../../src/operations/add-node/add-node.js";
import type { AddNodeRequest } from "../../src/operations/add-node/choice.js";
import { hostsMachines } from "../../src/machines/hosts-machines.js";
import { up } from "../../src/operations/up/up.js";
import { treeOf } from "../stories/support/tree.js";
import { FakeWorld } from "./fake-world.js";

const HOSTS = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  provider: hosts
  addons: [{ name: canal, manifest: network.yaml }]
  hosts:
    - { name: master1, role: master, address: 192.168.7.2 }
    # the rack
    - name: minion1
      role: minion
      address: 192.168.7.10
`;
const VAGRANT = `metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
  addons: [{ name: canal, manifest: network.yaml }]
`;

let world: FakeWorld;

async function bring(spec: string): Promise<void> {
  world = await FakeWorld.create(spec);
  await up({ ...around(), overrides: {} });
  world.transcript.splice(0);
}

function around() {
  return {
    folder: world.folder,
    tools: world.tools(),
    progress: world.progress(),
    signal: new AbortController().signal,
  };
}

function add(wish: Partial<AddNodeRequest>): Promise<AddNodeSummary> {
  return addNode({ ...around(), wish: { count: 1, shape: {}, host: {}, ...wish } });
}

const specText = (): Promise<string> => readFile(join(world.folder, "alpine-k8s.yaml"), "utf8");

describe("add-node with provider hosts", () => {
  beforeEach(() => bring(HOSTS));

  it("writes the entry with what was given and joins that machine alone", async () => {
    const host = { address: "192.168.7.11", user: "alpine", become: "doas" as const };
    const summary = await add({ name: "minion2", host, shape: { labels: { disk: "ssd" } } });
    expect(summary.nodes).toEqual([
      { name: "minion2.example.com", role: "minion", address: "192.168.7.11", outcome: "added" },
    ]);
    expect((await specText()).slice(HOSTS.length)).toBe(`    - name: minion2
      role: minion
      address: 192.168.7.11
      user: alpine
      become: doas
      labels:
        disk: ssd
`);
    // The key that signs the certificate of its kubelet is on masters alone.
    expect(world.transcript.filter((line) => /\$/.test(line) && !line.includes("minion2$"))).toEqual([
      "Join the cluster / master1$ facts (read only)",
      "Join the cluster / master1$ key of the CA (read only)",
    ]);
  });

  it("names the next minion by itself, and continues the one that failed by its address", async () => {
    const host = { address: "192.168.7.11" };
    world.machine("minion2").reaches = "nc: no route";
    await expect(add({ host })).rejects.toMatchObject({ kind: "timeout" });
    world.machine("minion2").reaches = "reached";
    expect((await add({ host })).nodes[0]).toMatchObject({ name: "minion2.example.com", outcome: "continued" });
    expect((await add({ host: { address: "192.168.7.12" } })).nodes[0]).toMatchObject({ outcome: "added" });
    expect((await specText()).match(/name: minion\d/g)).toEqual(["name: minion1", "name: minion2", "name: minion3"]);
  });

  it("refuses a key file that cannot be read before the spec names it", async () => {
    const tools = world.tools();
    const machines: typeof tools.machines = async (input) => ({
      ...(await tools.machines(input)),
      ...hostsMachines(world.folder),
    });
    const host = { address: "192.168.7.11", identityFile: "keys/none" };
    const failed = addNode({ ...around(), tools: { ...tools, machines }, wish: { count: 1, shape: {}, host } });
    await expect(failed).rejects.toMatchObject({
      kind: "usage",
      message: expect.stringContaining(`identityFile ${join(world.folder, "keys/none")} cannot be read`) as string,
      hints: ["give the path of a private key with --identity-file", "nothing was changed"],
    });
    expect(await specText()).toBe(HOSTS);
  });

  it("leaves a machine of another cluster alone", async () => {
    world.machine("minion2").state = "foreign";
    await expect(add({ host: { address: "192.168.7.11" } })).rejects.toMatchObject({ kind: "conflict" });
    expect(world.transcript.filter((line) => /\$/.test(line) && !line.includes("read only"))).toEqual([]);
  });

  it.each<[string, Partial<AddNodeRequest>, string]>([
    ["no address", { name: "minion2" }, "minion2 needs an address: with provider: hosts the machine exists already"],
    ["the address of another host", { host: { address: "192.168.7.10" } }, "minion2: address: the node address"],
    [
      "a name as the only address",
      { host: { address: "box.example.com" } },
      "give the node's own IPv4 address as privateAddress",
    ],
    ["several at once", { count: 2, host: { address: "192.168.7.11" } }, "add them one by one"],
    [
      "a size",
      { host: { address: "192.168.7.11" }, shape: { cpus: 2 } },
      "--cpus and --memory are for machines that Vagrant makes",
    ],
    ["a bad host key", { host: { address: "192.168.7.11", hostKey: "nonsense" } }, "minion2: hostKey: "],
    ["a bad port", { host: { address: "192.168.7.11", port: 99999 } }, "minion2: port: 99999 is outside 1 to 65535"],
  ])("refuses %s with exit 2 and writes nothing", async (_, wish, words) => {
    await refused(wish, words, "usage");
  });
});

describe("add-node with provider vagrant", () => {
  beforeEach(() => bring(VAGRANT));

  it.each<[string, Partial<AddNodeRequest>, string]>([
    [
      "more masters than fit",
      { role: "master", count: 7 },
      "7 masters more do not fit: the network has addresses for 7",
    ],
    ["a name and a count", { name: "minion3", count: 2 }, "--count 2 does not go with a name"],
    ["no node at all", { count: 0 }, "--count must be 1 or more"],
    ["more than fit", { count: 189 }, "189 minions more do not fit"],
    ["a bad name", { name: "No_Good" }, "No_Good: name: "],
    ["a name without an address", { name: "big" }, "big needs an address of its own"],
    [
      "an address outside the network",
      { name: "big", host: { address: "10.1.1.1" } },
      "10.1.1.1 is not in the cluster network",
    ],
    [
      "an address that is taken",
      { name: "big", host: { address: "10.250.250.10" } },
      "the address 10.250.250.10 is used twice",
    ],
    [
      "a label of Kubernetes' own",
      { shape: { labels: { "node-role.kubernetes.io/x": "" } } },
      "is reserved for Kubernetes",
    ],
    ["a size that no machine has", { shape: { memory: 1 } }, "minion3: memory: 1 is outside"],
    [
      "a flag for hosts",
      { host: { address: "10.250.250.60", identityFile: "k" } },
      "--identity-file is for machines that exist already",
    ],
  ])("refuses %s with exit 2 and writes nothing", async (_, wish, words) => {
    await refused(wish, words, "usage");
  });

  it("refuses flags that contradict what the spec says of a node that it has", async () => {
    await refused(
      { name: "minion2", shape: { cpus: 8 } },
      "minion2 is in the spec already, with another cpus",
      "conflict",
    );
  });

  it("takes the same flags again for a node that was not finished", async () => {
    const wish = { shape: { cpus: 8, taints: [{ key: "a", value: "", effect: "NoSchedule" as const }] } };
    world.failures.set("minion3$ shared.sh", { exitCode: 10, stderr: "" });
    await expect(add(wish)).rejects.toMatchObject({ kind: "node" });
    world.failures.clear();
    await refused({ shape: { cpus: 4 } }, "minion3 is in the spec already, with another cpus", "conflict");
    expect((await add(wish)).nodes[0]).toMatchObject({ name: "minion3.example.com", outcome: "continued" });
  });
});

it("of a folder without a cluster: exit 2, and nothing is made", async () => {
  world = await FakeWorld.create(VAGRANT);
  await refused({}, "there is no cluster in", "usage");
});

async function refused(wish: Partial<AddNodeRequest>, words: string, kind: string): Promise<void> {
  const before = await treeOf(world.folder);
  world.transcript.splice(0);
  const error: unknown = await add(wish).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ kind, oclif: { exit: 2 } });
  expect((error as Error).message).toContain(words);
  expect(await treeOf(world.folder)).toEqual(before);
  expect(world.transcript).toEqual([]);
}

it("a new master is prepared before it joins, also where admin.config is gone and the masters are asked", async () => {
  await bring(HOSTS);
  await rm(join(world.folder, "admin.config"));
  await add({ name: "master2", role: "master", host: { address: "192.168.7.3" } });
  const done = world.transcript.flatMap((line) => / \/ master2\$ (\w+\.sh)$/.exec(line)?.[1] ?? []);
  expect(done.slice(0, 2)).toEqual(["shared.sh", "master.sh"]);
});
