import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { removeNode, removeNodeSteps, type RemoveNodeInput } from "../../src/operations/remove-node/remove-node.js";
import type { RemoveNodeSummary } from "../../src/operations/remove-node/remove-node.js";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { openHostKeys } from "../../src/remote/host-keys.js";
import { FakeCluster } from "./fake-cluster.js";
import { FakeWorld } from "./fake-world.js";

const SPEC = `apiVersion: alpine-k8s/v1
kind: Cluster
metadata: { name: demo } # ours
spec:
  kubernetes: { version: "v1.36.1" }
  vagrant: { provider: libvirt }
  addons: [{ name: canal, manifest: network.yaml }]
`;

let world: FakeWorld;
let cluster: FakeCluster;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  await up({ ...around(), tools: world.tools(), overrides: {} });
  cluster = new FakeCluster(world, ["master1", "minion1", "minion2"]);
  world.transcript.splice(0);
  world.step = "before";
  for (const name of ["minion1", "minion2"]) {
    await openHostKeys(path(".alpine-k8s/known_hosts")).pin(name, { type: "ssh-ed25519", blob: "AAAA" });
  }
});

const path = (name: string): string => join(world.folder, name);
const around = (signal = new AbortController().signal): Pick<RemoveNodeInput, "folder" | "progress" | "signal"> => ({
  folder: world.folder,
  progress: world.progress(),
  signal,
});

function remove(more: Partial<RemoveNodeInput> = {}): Promise<RemoveNodeSummary> {
  const confirm = (): Promise<boolean> => Promise.resolve(true);
  const asked = { name: "minion1", force: false, timeout: 10_000, confirm };
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

const changes = (): string[] =>
  world.transcript.filter((line) => !line.includes("read only") && !/ \/ api GET |: nothing to do/.test(line));
const spec = (): Promise<string> => readFile(path("alpine-k8s.yaml"), "utf8");

async function expectGone(): Promise<void> {
  expect(await spec()).toContain("{ name: minion2, role: minion }");
  expect(await spec()).not.toContain("minion1");
  expect(await spec()).toContain("# ours");
  expect(await readFile(path("Vagrantfile"), "utf8")).not.toContain("minion1");
  expect(existsSync(path(".alpine-k8s/kubeadm/minion1.yaml"))).toBe(false);
  expect(await readFile(path(".alpine-k8s/known_hosts"), "utf8")).toBe("minion2 ssh-ed25519 AAAA\n");
  expect([...cluster.nodes.keys()]).toEqual(["master1.example.com", "minion2.example.com"]);
  expect(world.machine("minion1").exists).toBe(false);
  expect(world.machine("minion2")).toMatchObject({ exists: true, running: true, state: "finished" });
  expect(existsSync(path(".alpine-k8s/lock"))).toBe(false);
}

describe("remove-node", () => {
  it("takes minion1 of two away and leaves minion2 as it is", async () => {
    cluster.pod("web-1", "minion1");
    cluster.pod("proxy-1", "minion1", { owner: "DaemonSet", emptyDir: true });
    cluster.pod("static-1", "minion1", { owner: "Node", mirror: true });
    cluster.pod("web-2", "minion2");
    const summary = await remove();
    await expect(`${world.transcript.join("\n")}\n`).toMatchFileSnapshot("../golden/transcripts/remove-node.txt");
    await expectGone();
    expect(cluster.pods.map((pod) => pod.name)).toEqual(["web-2"]);
    expect(summary).toEqual({
      ...{ cluster: "demo", node: "minion1.example.com", machine: "destroyed", nodeObject: "deleted", spec: "changed" },
      ...{ evicted: ["default/web-1"], nodes: ["master1", "minion2"], warnings: [] },
    });
    world.transcript.splice(0);
    await up({ ...around(), tools: world.tools(), overrides: {} });
    expect(world.transcript.filter((line) => line.includes("vagrant"))).toEqual([]);
  });

  it("knows the long name, lowers the count for the last minion, and asks before", async () => {
    const asked: string[] = [];
    const confirm = (question: string): Promise<boolean> => Promise.resolve(asked.push(question) > 0);
    await remove({ name: "minion2.example.com", confirm });
    expect(asked).toEqual(["Remove minion2 from cluster demo? Its pods leave, its machine is destroyed."]);
    expect(await spec()).toMatch(/count: 1/);
  });

  it("declined changes nothing", async () => {
    const error = await refusal({ confirm: () => Promise.resolve(false) });
    expect([error.kind, error.message, error.hints]).toEqual([
      "declined",
      "nothing was changed",
      ["alpine-k8s remove-node minion1 --yes"],
    ]);
    expect(changes()).toEqual([]);
  });

  it("refuses the last master, and asks nobody for it", async () => {
    const error = await refusal({ name: "master1" });
    expect([error.kind, error.message]).toEqual([
      "conflict",
      "master1 is the last master of cluster demo: the cluster would be gone with it",
    ]);
    expect(error.hints[0]).toContain("alpine-k8s destroy");
    expect(world.transcript).toEqual([]);
  });

  it.each(["minion9", "../minion1", "Minion 1"])("refuses the unknown name %s", async (name) => {
    const error = await refusal({ name });
    expect([error.kind, error.message]).toEqual([
      "usage",
      `cluster demo has no node ${name} (it has master1, minion1, minion2)`,
    ]);
    expect(changes()).toEqual([]);
  });

  it.each(["control-plane", "master"])(
    "takes a node with the label %s that somebody else added out of etcd and the cluster",
    async (label) => {
      cluster.nodes.set("master2.example.com", {
        ...{ unschedulable: false, ready: "True", labels: { [`node-role.kubernetes.io/${label}`]: "" } },
      });
      world.etcd.add("master2.example.com", "10.250.250.77");
      expect(await remove({ name: "master2" })).toMatchObject({
        machine: "none",
        nodeObject: "deleted",
        spec: "unchanged",
      });
      expect(world.etcd.names()).toEqual(["master1"]);
    },
  );

  it("refuses the machine that was made as the master under another name, even when forced without an API", async () => {
    const list = "[{ name: m, role: master, address: 10.250.250.3 }, { name: minion1, role: minion }]";
    await writeFile(path("alpine-k8s.yaml"), `${SPEC}  nodes: { list: ${list} }\n`);
    cluster.away = "it is off";
    const error = await refusal({ name: "master1", force: true });
    expect([error.kind, error.message]).toEqual([
      "unhealthy",
      "master1 runs a control plane, and no other master can be asked (m does not answer by ssh): the cluster would be gone with it; nothing was changed",
    ]);
    expect(changes()).toEqual([]);
  });

  it("finishes with a node that is no longer in the spec", async () => {
    await writeFile(path("alpine-k8s.yaml"), `${SPEC}  nodes: { minions: { count: 1 } }\n`);
    const summary = await remove({ name: "minion2" });
    expect(summary).toMatchObject({ machine: "destroyed", nodeObject: "deleted", spec: "unchanged" });
    expect(await readFile(path("Vagrantfile"), "utf8")).not.toContain("minion2");
  });

  it("with a lost Vagrantfile and lost scripts renders them before it destroys", async () => {
    await rm(path("Vagrantfile"));
    await rm(path("shared.sh"));
    await remove();
    await expectGone();
  });

  it("says when an edited Vagrantfile still names the node", async () => {
    await writeFile(path("Vagrantfile"), `${await readFile(path("Vagrantfile"), "utf8")}# mine\n`);
    expect((await remove()).warnings).toEqual([
      "Vagrantfile was edited by hand and left; take minion1 out of it, or: alpine-k8s render --force",
    ]);
  });

  it("leaves a machine of another cluster alone", async () => {
    world.machine("minion1").state = "foreign";
    const id = path(".vagrant/machines/minion1/libvirt/id");
    await mkdir(dirname(id), { recursive: true });
    await writeFile(id, "0123");
    const summary = await remove();
    expect(summary.machine).toBe("left");
    expect(summary.warnings[0]).toContain("the machine minion1 belongs to another cluster and was left alone");
    expect(changes().filter((line) => /vagrant|minion1\$/.test(line))).toEqual([]);
    expect(await readFile(path("Vagrantfile"), "utf8")).toContain("minion1");
  });
});

describe("a run that was ended", () => {
  const titles = removeNodeSteps().map((step) => [step.title]);

  it.each(titles)("by Ctrl-C during «%s» is finished by the next", async (title) => {
    cluster.pod("web-1", "minion1");
    const stop = new AbortController();
    const end = (): void => stop.abort(new AlpineK8sError("interrupted", "interrupted"));
    world.onCommand = () => void (world.step === title && end());
    const progress = world.progress();
    const stopping = {
      ...progress,
      stepStarted: (started: string) => {
        progress.stepStarted(started);
        if (started === title) end();
      },
    };
    const first: unknown = await remove({ signal: stop.signal, progress: stopping }).catch((error: unknown) => error);
    world.onCommand = () => undefined;
    // The last step only writes a file: a run that is interrupted there is complete.
    if (title !== titles.at(-1)?.[0]) {
      expect(first).toMatchObject({ kind: "interrupted" });
      await remove();
    }
    await expectGone();
  });

  it.each(titles)("by a kill after «%s» is finished by the next", async (title) => {
    const killed = new Error("killed");
    const kill = (ended: string): void => {
      if (ended === title) throw killed;
    };
    const progress = { ...world.progress(), stepDone: kill, stepSkipped: kill };
    cluster.pod("web-1", "minion1");
    await expect(remove({ progress })).rejects.toThrow("killed");
    if (title === titles.at(-1)?.[0]) expect((await refusal()).message).toContain("cluster demo has no node minion1");
    else await remove();
    await expectGone();
  });

  it("tells how to keep the node while that is possible", async () => {
    cluster.pod("web-1", "minion1", { stubborn: true });
    const stop = new AbortController();
    world.onCommand = (line) => void (line.includes("EVICT") && stop.abort(new AlpineK8sError("interrupted", "ended")));
    const error = await refusal({ signal: stop.signal });
    expect(error.hints.at(-1)).toBe("alpine-k8s kubectl -- uncordon minion1.example.com  (to keep it: it is cordoned)");
  });
});
