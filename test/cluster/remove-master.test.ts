import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  removeNode,
  removeNodeSteps,
  type RemoveNodeInput,
  type RemoveNodeSummary,
} from "../../src/cluster/remove-node.js";
import { up } from "../../src/cluster/up.js";
import { AlpineK8sError } from "../../src/errors.js";
import { FakeCluster } from "./fake-cluster.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const NODES = ["master1", "master2", "master3", "minion1"];
const THREE = `${SPEC}  nodes: { masters: { count: 3 }, minions: { count: 1 } }\n`;
const HOSTS = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  addons: [{ name: canal, manifest: network.yaml }]
  provider: hosts
  hosts:
    - { name: master1, role: master, address: 10.250.250.2 }
    - { name: master2, role: master, address: 10.250.250.3 }
    - { name: master3, role: master, address: 10.250.250.4 }
    - { name: minion1, role: minion, address: 10.250.250.10 }
`;
const TWO_LEFT =
  "2 masters: etcd needs a majority of them, so the cluster survives the loss of none; 3 survive the loss of one";

let world: FakeWorld;
let cluster: FakeCluster;

async function begin(spec: string, nodes: readonly string[] = NODES): Promise<void> {
  world = await FakeWorld.create(spec);
  const manifest = await readFile(path("network.yaml"), "utf8");
  world.networkSha256 = createHash("sha256").update(manifest).digest("hex");
  await up({ ...around(), tools: world.tools(), overrides: {} });
  cluster = new FakeCluster(world, nodes);
  world.transcript.splice(0);
  world.step = "before";
}

const path = (name: string): string => join(world.folder, name);
const around = (): Pick<RemoveNodeInput, "folder" | "progress" | "signal"> => ({
  ...{ folder: world.folder, progress: world.progress(), signal: new AbortController().signal },
});

function remove(name: string, more: Partial<RemoveNodeInput> = {}): Promise<RemoveNodeSummary> {
  const confirm = (): Promise<boolean> => Promise.resolve(true);
  return removeNode({ ...around(), name, force: false, timeout: 10_000, confirm, tools: cluster.tools(), ...more });
}

async function refusal(name: string, more: Partial<RemoveNodeInput> = {}): Promise<AlpineK8sError> {
  const error: unknown = await remove(name, more).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AlpineK8sError);
  return error as AlpineK8sError;
}

/** Those of the nodes whose hosts file names the masters as they were. */
function endpointMoves(...names: readonly string[]): void {
  for (const name of names) world.machine(name).unmet.push("hosts-endpoint");
}

const did = (pattern: RegExp): string[] =>
  world.transcript.flatMap((line) => {
    const command = line.split(" / ")[1] ?? "";
    return pattern.test(command) ? [command] : [];
  });
const CHANGES = /PATCH|EVICT|DELETE|vagrant|reset|shared\.sh|member remove/;
const spec = (): Promise<string> => readFile(path("alpine-k8s.yaml"), "utf8");
const dead = { running: false, api: "down" } as const;
const lose = (name: string): void =>
  void Object.assign(cluster.nodes.get(`${name}.example.com`) ?? {}, { ready: "Unknown" });

describe("remove-node of a master", () => {
  beforeEach(() => begin(THREE));

  it("takes it out of etcd after the drain, and tells the others in the end", async () => {
    cluster.pod("web-1", "master3");
    endpointMoves("master1", "master2", "minion1");
    const asked: string[] = [];
    const confirm = (question: string): Promise<boolean> => Promise.resolve(asked.push(question) > 0);
    const summary = await remove("master3", { confirm });
    await expect(`${world.transcript.join("\n")}\n`).toMatchFileSnapshot("../golden/transcripts/remove-master.txt");
    expect(asked).toEqual([
      "Remove master3 from cluster demo? Its pods leave, its member of etcd goes, its machine is destroyed.",
    ]);
    expect(summary).toEqual({
      ...{ cluster: "demo", node: "master3.example.com", machine: "destroyed", nodeObject: "deleted", spec: "changed" },
      ...{ evicted: ["default/web-1"], nodes: ["master1", "master2", "minion1"], warnings: [TWO_LEFT] },
    });
    expect(world.etcd.names()).toEqual(["master1", "master2"]);
    expect(await spec()).toBe(THREE.replace("masters: { count: 3 }", "masters: { count: 2 }"));
    expect(existsSync(path(".alpine-k8s/kubeadm/master3.yaml"))).toBe(false);
    expect(await readFile(path("Vagrantfile"), "utf8")).not.toContain("master3");
    world.transcript.splice(0);
    await up({ ...around(), tools: world.tools(), overrides: {} });
    expect(did(/vagrant|master\.sh/)).toEqual([]);
  });

  it("of the spec's first leaves the others their names, and an admin.config that leads to one of them", async () => {
    const summary = await remove("master1");
    expect(did(/etcd member remove|admin\.conf/)).toEqual([
      "master2$ admin.conf (read only)",
      "master2$ etcd member remove",
      "master2$ admin.conf (read only)",
    ]);
    expect(summary.warnings).toEqual([
      TWO_LEFT,
      "admin.config leads to master2 from now on; a copy of the old one is of no use, so if you had merged it: alpine-k8s kubectl-config --merge",
    ]);
    expect(await readFile(path("admin.config"), "utf8")).toContain("https://10.250.250.3:6443");
    expect(await spec()).toContain("{ name: master2, role: master }");
    expect(world.etcd.names()).toEqual(["master2", "master3"]);
    world.transcript.splice(0);
    await up({ ...around(), tools: world.tools(), overrides: {} });
    expect(did(/master\.sh|vagrant/)).toEqual([]);
  });

  it.each([
    ["halted", { ...dead }, "destroyed"],
    ["gone from its provider", { ...dead, exists: false }, "none"],
  ])("whose machine is %s is removed", async (_, machine, outcome) => {
    Object.assign(world.machine("master1"), machine);
    lose("master1");
    cluster.pod("web-1", "master1");
    expect(await remove("master1")).toMatchObject({ machine: outcome, nodeObject: "deleted", spec: "changed" });
    expect(world.etcd.names()).toEqual(["master2", "master3"]);
    expect(did(/^master1\$/)).toEqual([]);
  });

  it("asks a master whose API answers", async () => {
    world.machine("master1").api = "down";
    await refusal("master3");
    expect(did(/etcd/)).toEqual(["master2$ etcd members (read only)"]);
  });

  it("that is not in the spec any more is removed like any other", async () => {
    await writeFile(path("alpine-k8s.yaml"), THREE.replace("count: 3", "count: 2"));
    const summary = await remove("master3");
    expect(summary).toMatchObject({ machine: "destroyed", nodeObject: "deleted", spec: "unchanged" });
    expect(world.etcd.names()).toEqual(["master1", "master2"]);
  });

  it("that never came up takes what its join left in etcd with it", async () => {
    world.etcd.members.splice(2, 1);
    world.etcd.add("", "10.250.250.4", true);
    Object.assign(world.machine("master3"), { state: "started", api: "none" });
    cluster.nodes.delete("master3.example.com");
    expect(await remove("master3")).toMatchObject({ machine: "destroyed", nodeObject: "none" });
    expect(world.etcd.names()).toEqual(["master1", "master2"]);
  });

  it("tells which nodes were not told; up does it", async () => {
    Object.assign(world.machine("minion1"), { running: false });
    world.failures.set("master2$ shared.sh", { exitCode: 10, stderr: "alpine-k8s: disk: full" });
    endpointMoves("master1", "master2");
    const { warnings } = await remove("master3");
    expect(warnings).toEqual([
      TWO_LEFT,
      expect.stringMatching(
        /^the hosts file of master2 may still lead to master3 \(master2: shared\.sh: .*; then: alpine-k8s up$/s,
      ),
      "the hosts file of minion1 may still lead to master3 (minion1 does not answer by ssh); then: alpine-k8s up",
    ]);
    expect(did(/vagrant|kube-proxy/)).toEqual([
      "vagrant destroy master3",
      "api GET /api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-proxy&fieldSelector=spec.nodeName%3Dmaster1.example.com",
      "api DELETE /api/v1/namespaces/kube-system/pods/kube-proxy-master1",
    ]);
  });

  it("touches the other nodes for nothing when a minion goes", async () => {
    endpointMoves("master1", "master2", "master3");
    await remove("minion1");
    expect(did(CHANGES)).toEqual([
      'api PATCH /api/v1/nodes/minion1.example.com {"spec":{"unschedulable":true}} as alpine-k8s',
      "vagrant destroy minion1",
      "api DELETE /api/v1/nodes/minion1.example.com",
    ]);
    expect(did(/etcd/)).toEqual([]);
  });
});

describe("what is refused", () => {
  beforeEach(() => begin(THREE));

  it("is the last master that can be asked, forced or not", async () => {
    Object.assign(world.machine("master2"), { running: false });
    Object.assign(world.machine("master3"), { state: "started", api: "none" });
    const error = await refusal("master1", { force: true });
    expect([error.kind, error.message]).toEqual([
      "unhealthy",
      "master1 runs a control plane, and no other master can be asked (master2 does not answer by ssh, master3 is not set up as a master): the cluster would be gone with it; nothing was changed",
    ]);
    expect(error.hints).toContain("alpine-k8s destroy  (removes the whole cluster)");
    expect(did(CHANGES)).toEqual([]);
  });

  it("is a living one while another is dead: etcd would have no majority; forced, etcd is asked", async () => {
    Object.assign(world.machine("master2"), dead);
    const error = await refusal("master3");
    expect([error.kind, error.message]).toEqual([
      "unhealthy",
      "without master3 etcd would have no majority: of the 2 members that stay, these do not run: master2; nothing was changed",
    ]);
    expect(error.hints[1]).toBe("alpine-k8s remove-node master2  (one that will not come back goes first)");
    expect(did(CHANGES)).toEqual([]);
    const words = "etcdserver: re-configuration failed due to not enough started members";
    world.onCommand = (line) => void (line.endsWith("etcd member remove") && world.etcd.failures.push(words));
    const refused = await refusal("master3", { force: true });
    expect([refused.kind, refused.message]).toEqual([
      "conflict",
      `Take its member out of etcd: etcd, asked on master1, does not let master3.example.com go: ${words}`,
    ]);
    expect(refused.hints.at(-1)).toContain("uncordon master3.example.com");
    expect(did(/vagrant|DELETE/)).toEqual([]);
    world.onCommand = () => undefined;
    expect((await remove("master2")).nodes).toEqual(["master1", "master3", "minion1"]);
  });

  it("is one beside a member that never came up, by its address", async () => {
    world.etcd.add("", "10.250.250.77");
    world.etcd.members.splice(1, 1);
    expect((await refusal("master3")).message).toContain("these do not run: the one at https://10.250.250.77:2380;");
  });

  it("is any, when etcd does not answer; nothing is changed", async () => {
    world.etcd.failures.push(...Array<string>(50).fill("context deadline exceeded"));
    const error = await refusal("master3", { force: true });
    expect([error.kind, error.message]).toEqual([
      "timeout",
      "gave up after 60 s waiting for etcd, asked on master1, to tell its members: context deadline exceeded",
    ]);
    expect(did(CHANGES)).toEqual([]);
  });
});

describe("a removal that was ended", () => {
  const titles = removeNodeSteps(true).map((step) => [step.title]);
  const last = titles.slice(-2).flat();
  beforeEach(() => begin(THREE));

  async function expectGone(): Promise<void> {
    expect(world.etcd.names()).toEqual(["master2", "master3"]);
    expect(await spec()).not.toContain("master1");
    expect(world.machine("master1").exists).toBe(false);
    expect([...cluster.nodes.keys()]).toEqual(["master2", "master3", "minion1"].map((name) => `${name}.example.com`));
    expect(await readFile(path("admin.config"), "utf8")).toContain("https://10.250.250.3:6443");
    expect(world.machine("minion1").unmet).toEqual([]);
  }

  it.each(titles)("by a kill after «%s» is finished by the next, or by up", async (title = "") => {
    endpointMoves("minion1");
    const kill = (ended: string): void => {
      if (ended === title) throw new Error("killed");
    };
    cluster.pod("web-1", "master1");
    await expect(
      remove("master1", { progress: { ...world.progress(), stepDone: kill, stepSkipped: kill } }),
    ).rejects.toThrow("killed");
    if (last.includes(title)) {
      expect((await refusal("master1")).message).toContain("cluster demo has no node master1");
      await up({ ...around(), tools: world.tools(), overrides: {} });
    } else await remove("master1");
    await expectGone();
  });

  it("says, once it has left etcd, that it cannot be kept", async () => {
    world.onCommand = (line) => {
      if (line.includes("vagrant destroy")) throw new AlpineK8sError("node", "the provider is away");
    };
    const hint = "alpine-k8s remove-node master1  (goes on; it has left etcd and cannot be kept)";
    expect((await refusal("master1")).hints.at(-1)).toBe(hint);
    expect((await refusal("master1")).hints.at(-1)).toBe(hint);
  });
});

describe("hosts", () => {
  it("are reset once they are out of etcd", async () => {
    await begin(HOSTS);
    const summary = await remove("master2");
    expect(did(/member remove|reset|DELETE/)).toEqual([
      "master1$ etcd member remove",
      "master2$ reset.sh",
      "api DELETE /api/v1/nodes/master2.example.com",
    ]);
    expect(summary).toMatchObject({ machine: "reset", warnings: [TWO_LEFT] });
    expect(await spec()).toBe(HOSTS.replace(/.*master2.*\n/, ""));
  });

  it("behind a load balancer are told nothing about names", async () => {
    const endpoint = `kubernetes: { version: "v1.36.1", apiServer: { endpoint: 10.250.250.9 } }`;
    await begin(HOSTS.replace(/kubernetes:.*/, endpoint));
    const tools = cluster.tools();
    const connect: typeof tools.connect = (target, options) =>
      target.name === "minion1"
        ? Promise.reject(new AlpineK8sError("node", "no route"))
        : tools.connect(target, options);
    expect((await remove("master2", { tools: { ...tools, connect } })).warnings).toEqual([TWO_LEFT]);
  });
});

it("the removal of one of two leaves one, and no warning", async () => {
  await begin(`${SPEC}  nodes: { masters: { count: 2 }, minions: { count: 1 } }\n`, ["master1", "master2", "minion1"]);
  expect((await remove("master2")).warnings).toEqual([]);
  const error = await refusal("master1");
  expect(error.message).toBe("master1 is the last master of cluster demo: the cluster would be gone with it");
});
