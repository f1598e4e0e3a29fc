import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  removeNode,
  type RemoveNodeInput,
  type RemoveNodeSummary,
} from "../../src/operations/remove-node/remove-node.js";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { FakeCluster } from "./fake-cluster.js";
import { FakeWorld } from "./fake-world.js";

const COMMON = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo }
spec:
  kubernetes: { version: "v1.36.1" }
  addons: [{ name: canal, manifest: network.yaml }]
`;
const VAGRANT = `${COMMON}  vagrant: { provider: libvirt }\n`;
const HOSTS = `${COMMON}  provider: hosts
  hosts:
    - { name: master1, role: master, address: 10.250.250.2 }
    - { name: minion1, role: minion, address: 10.250.250.10 } # the old one
    - { name: minion2, role: minion, address: 10.250.250.11 }
`;

let world: FakeWorld;
let cluster: FakeCluster;

async function begin(spec: string): Promise<void> {
  world = await FakeWorld.create(spec);
  await up({ ...around(), tools: world.tools(), overrides: {} });
  cluster = new FakeCluster(world, ["master1", "minion1", "minion2"]);
  world.transcript.splice(0);
  world.step = "before";
}

function around(): Pick<RemoveNodeInput, "folder" | "progress" | "signal"> {
  return { folder: world.folder, progress: world.progress(), signal: new AbortController().signal };
}

function remove(more: Partial<RemoveNodeInput> = {}): Promise<RemoveNodeSummary> {
  const asked = { name: "minion1", force: false, timeout: 10_000, confirm: () => Promise.resolve(true) };
  return removeNode({ ...around(), ...asked, tools: cluster.tools(), ...more });
}

async function refusal(more: Partial<RemoveNodeInput> = {}): Promise<AlpineK8sError> {
  const error: unknown = await remove(more).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AlpineK8sError);
  return error as AlpineK8sError;
}

const did = (pattern: RegExp): string[] =>
  world.transcript.flatMap((line) => {
    const command = line.split(" / ")[1] ?? "";
    return pattern.test(command) ? [command] : [];
  });
const CHANGES = /PATCH|EVICT|DELETE|vagrant|reset|put/;

describe("the drain", () => {
  beforeEach(() => begin(VAGRANT));

  it("refuses to lose pods and data, before anything is changed", async () => {
    cluster.pod("alone", "minion1", { owner: "" });
    cluster.pod("cache", "minion1", { emptyDir: true });
    const error = await refusal();
    expect([error.kind, error.message]).toEqual([
      "conflict",
      "minion1 has pods that would be lost, or would lose data; nothing was changed:\n" +
        "  default/alone: no controller would recreate it elsewhere\n" +
        "  default/cache: it has data in an emptyDir volume",
    ]);
    expect(error.hints).toEqual([
      "move or delete these pods, then give the same command again",
      "alpine-k8s remove-node minion1 --force  (loses them)",
    ]);
    expect(did(CHANGES)).toEqual([]);
    expect((await remove({ force: true })).evicted).toEqual(["default/alone", "default/cache"]);
  });

  it("blocked by a disruption budget ends with pod, budget, what it allows and what to type; exit 5", async () => {
    cluster.pod("web-1", "minion1", { budget: "web" });
    cluster.pod("free", "minion1");
    const error = await refusal();
    expect([error.kind, error.oclif.exit, error.node]).toEqual(["timeout", 5, "minion1"]);
    expect(error.message).toBe(
      "Drain: minion1 was not drained within 10 s; it stays cordoned, its machine was not touched:\n" +
        "  default/web-1: The disruption budget web needs 2 healthy pods and has 2 currently (disruptions allowed: 0)",
    );
    expect(error.hints).toEqual([
      "alpine-k8s kubectl -- describe poddisruptionbudget --namespace default web",
      "alpine-k8s remove-node minion1  (tries again)",
      "alpine-k8s remove-node minion1 --force  (deletes the pods whatever a budget says, when the time is over)",
      "alpine-k8s kubectl -- uncordon minion1.example.com  (to keep it: it is cordoned)",
    ]);
    expect(error.logFile).toContain("-remove-node");
    expect(cluster.pods.map((pod) => pod.name)).toEqual(["web-1"]);
    expect(cluster.nodes.get("minion1.example.com")?.unschedulable).toBe(true);
    expect(did(/vagrant|DELETE/)).toEqual([]);
    expect(await readFile(join(world.folder, "alpine-k8s.yaml"), "utf8")).toBe(VAGRANT);
  });

  it("reads the budget in the version that the API serves, as with Kubernetes 1.20", async () => {
    cluster.policy = "policy/v1beta1";
    cluster.pod("web-1", "minion1", { budget: "web" });
    expect((await refusal()).message).toContain("(disruptions allowed: 0)");
    expect(did(/\/apis\//)).toEqual([
      "api GET /apis/policy",
      "api GET /apis/policy/v1beta1/namespaces/default/poddisruptionbudgets/web",
    ]);
  });

  it("goes on as soon as the budget allows it", async () => {
    cluster.pod("web-1", "minion1", { budget: "web" });
    let asked = 0;
    world.onCommand = (line) => {
      if (line.includes("EVICT") && (asked += 1) === 3) cluster.budgets.set("web", 1);
    };
    expect((await remove()).evicted).toEqual(["default/web-1"]);
    expect(did(/EVICT/)).toHaveLength(3);
  });

  it("with --force deletes after the time what the budget kept", async () => {
    cluster.pod("web-1", "minion1", { budget: "web" });
    const summary = await remove({ force: true });
    expect(did(/EVICT/).length).toBeGreaterThan(3);
    expect(did(/DELETE/)).toEqual([
      "api DELETE /api/v1/namespaces/default/pods/web-1",
      "api DELETE /api/v1/nodes/minion1.example.com",
    ]);
    expect(summary).toMatchObject({ evicted: ["default/web-1"], warnings: [], machine: "destroyed" });
  });

  it("names a pod that does not end; with --force goes on without it, and says so", async () => {
    cluster.pod("slow", "minion1", { stubborn: true });
    expect((await refusal()).message).toContain("\n  default/slow: it is still terminating");
    const summary = await remove({ force: true });
    expect(summary.evicted).toEqual([]);
    expect(summary.warnings).toEqual(["these pods had not ended on minion1 although they were deleted: default/slow"]);
  });
});

describe("a dead node", () => {
  it.each([
    ["halted", { running: false }],
    ["gone from its provider", { running: false, exists: false }],
  ])("whose machine is %s is removed; its pods are not waited for", async (_, machine) => {
    await begin(VAGRANT);
    Object.assign(world.machine("minion1"), machine);
    Object.assign(cluster.nodes.get("minion1.example.com") ?? {}, { ready: "Unknown" });
    cluster.pod("web-1", "minion1", { budget: "web" });
    const questions: string[] = [];
    const confirm = (question: string): Promise<boolean> => Promise.resolve(questions.push(question) > 0);
    const summary = await remove({ confirm });
    expect(questions[0]).toContain("It does not answer the cluster.");
    expect(summary.warnings).toEqual([
      "minion1 has not reported for longer than the cluster's grace period, so its pods cannot terminate and were not waited for: default/web-1",
    ]);
    expect(summary.machine).toBe("exists" in machine ? "none" : "destroyed");
    expect(did(/EVICT|DELETE|vagrant/)).toEqual([
      ...("exists" in machine ? [] : ["vagrant destroy minion1"]),
      "api DELETE /api/v1/nodes/minion1.example.com",
    ]);
    expect(cluster.pods).toEqual([]);
  });

  it("that goes silent during the drain is not waited for any longer", async () => {
    await begin(VAGRANT);
    cluster.pod("slow", "minion1", { stubborn: true });
    world.onCommand = (line) => {
      if (line.includes("EVICT")) Object.assign(cluster.nodes.get("minion1.example.com") ?? {}, { ready: "Unknown" });
    };
    expect((await remove()).warnings[0]).toContain("has not reported for longer");
  });
});

describe("without an API", () => {
  beforeEach(async () => {
    await begin(VAGRANT);
    cluster.away = "GET https://10.250.250.2:6443/readyz: connect ECONNREFUSED";
  });

  it("refuses and changes nothing", async () => {
    const error = await refusal();
    expect([error.kind, error.message]).toEqual([
      "unhealthy",
      "the cluster's API cannot be asked, so minion1 cannot be drained or taken out of the cluster: " +
        "GET https://10.250.250.2:6443/readyz: connect ECONNREFUSED; nothing was changed",
    ]);
    expect(error.hints[2]).toContain("alpine-k8s remove-node minion1 --force");
    expect(did(CHANGES)).toEqual([]);
  });

  it("with --force removes machine and spec entry and says what stays; later the rest goes, too", async () => {
    const summary = await remove({ force: true });
    expect(summary).toMatchObject({ machine: "destroyed", nodeObject: "left", spec: "changed" });
    expect(summary.warnings).toEqual([
      "minion1.example.com and its pods stay in the cluster's lists, as the API cannot be asked; when it answers: alpine-k8s kubectl -- delete node minion1.example.com",
    ]);
    expect(did(CHANGES)).toEqual(["vagrant destroy minion1"]);
    cluster.away = undefined;
    expect(await remove()).toMatchObject({ machine: "none", nodeObject: "deleted", spec: "unchanged" });
  });
});

describe("a host", () => {
  beforeEach(() => begin(HOSTS));

  it("is reset before its node object goes, and leaves the spec with its line", async () => {
    const summary = await remove();
    expect(did(CHANGES)).toEqual([
      'api PATCH /api/v1/nodes/minion1.example.com {"spec":{"unschedulable":true}} as alpine-k8s',
      "minion1$ reset.sh",
      "api DELETE /api/v1/nodes/minion1.example.com",
    ]);
    expect(summary).toMatchObject({ machine: "reset", nodeObject: "deleted", spec: "changed", warnings: [] });
    expect(await readFile(join(world.folder, "alpine-k8s.yaml"), "utf8")).toBe(HOSTS.replace(/.*minion1.*\n/, ""));
    expect(existsSync(join(world.folder, ".alpine-k8s/kubeadm/minion1.yaml"))).toBe(false);
  });

  it("that does not answer is told and skipped", async () => {
    Object.assign(cluster.nodes.get("minion1.example.com") ?? {}, { ready: "Unknown" });
    const tools = cluster.tools();
    const dead = new AlpineK8sError("node", "minion1: no route to host");
    const connect: typeof tools.connect = (target, options) =>
      target.name === "minion1" ? Promise.reject(dead) : tools.connect(target, options);
    const knownHosts = join(world.folder, ".alpine-k8s/known_hosts");
    await writeFile(knownHosts, "minion1 ssh-ed25519 AAAA\nminion2 ssh-ed25519 BBBB\n");
    const summary = await remove({ tools: { ...tools, connect } });
    expect(summary).toMatchObject({ machine: "left", nodeObject: "deleted", spec: "changed" });
    // Another machine may get its name.
    expect(await readFile(knownHosts, "utf8")).toBe("minion2 ssh-ed25519 BBBB\n");
    expect(summary.warnings).toEqual([
      "minion1 was not reset: minion1: no route to host; should it come back, its kubelet registers it anew: run kubeadm reset on it first",
    ]);
  });

  it("that the cluster hears of and ssh does not reach is refused: it would run on; forced, it is left", async () => {
    const tools = cluster.tools();
    const wrong = new AlpineK8sError("node", "minion1: the machine refused the login of root");
    const connect: typeof tools.connect = (target, options) =>
      target.name === "minion1" ? Promise.reject(wrong) : tools.connect(target, options);
    const refused = await refusal({ tools: { ...tools, connect } });
    expect(refused).toMatchObject({
      ...{ kind: "node", node: "minion1" },
      message:
        "minion1 is alive in the cluster and cannot be reached to be reset: minion1: the machine refused the login of root; nothing was changed",
    });
    expect(refused.hints.join("\n")).toContain("alpine-k8s remove-node minion1 --force");
    expect(did(CHANGES)).toEqual([]);
    const summary = await remove({ tools: { ...tools, connect }, force: true });
    expect(summary).toMatchObject({ machine: "left", nodeObject: "deleted", spec: "changed" });
  });

  it("of another cluster is left alone", async () => {
    world.machine("minion1").state = "foreign";
    const summary = await remove();
    expect(summary).toMatchObject({
      machine: "left",
      warnings: ["minion1 belongs to another cluster and was left alone"],
    });
    expect(did(/minion1\$ reset/)).toEqual([]);
  });

  it("that the spec no longer names is told to be reset by hand", async () => {
    await writeFile(join(world.folder, "alpine-k8s.yaml"), HOSTS.replace(/.*minion1.*\n/, ""));
    const summary = await remove();
    expect(summary).toMatchObject({ machine: "left", nodeObject: "deleted", spec: "unchanged" });
    expect(summary.warnings[0]).toContain("the spec does not say how to reach it");
  });

  it("whose reset fails stops there, and is finished by the next run", async () => {
    world.failures.set("minion1$ reset.sh", { exitCode: 13, stderr: "alpine-k8s: kubeadm: broken" });
    expect((await refusal()).message).toContain("Reset the node: minion1: kubeadm failed");
    expect(cluster.nodes.has("minion1.example.com")).toBe(true);
    world.failures.clear();
    expect(await remove()).toMatchObject({ machine: "reset", nodeObject: "deleted", spec: "changed" });
  });
});
