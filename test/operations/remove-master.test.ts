import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { up } from "../../src/operations/up/up.js";
import { AlpineK8sError } from "../../src/base/errors.js";
import { SPEC } from "./fake-world.js";
import {
  THREE,
  HOSTS,
  TWO_LEFT,
  world,
  cluster,
  begin,
  path,
  around,
  remove,
  refusal,
  endpointMoves,
  did,
  CHANGES,
  spec,
  dead,
  lose,
} from "./several-masters.js";

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
      "admin.config leads to master2 from now on; copies of the old one no longer work; if you merged it: alpine-k8s kubectl-config --merge",
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
        /^the hosts file of master2 may still lead to master3 \(master2: the node is not fit for Kubernetes\n.*disk: full\); then: alpine-k8s up$/s,
      ),
      "the hosts file of minion1 may still lead to master3 (minion1 does not answer by ssh); then: alpine-k8s up",
    ]);
    expect(did(/vagrant|system.pods/)).toEqual([
      "vagrant destroy master3",
      "api GET /api/v1/namespaces/kube-system/pods?fieldSelector=spec.nodeName%3Dmaster1.example.com",
      "api DELETE /api/v1/namespaces/kube-system/pods/kube-proxy-master1",
      "api DELETE /api/v1/namespaces/kube-system/pods/canal-master1",
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
