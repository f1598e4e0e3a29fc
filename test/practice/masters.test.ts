import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Masters, powerOff, powerOn } from "./masters.js";
import { eventually, type PracticeNode } from "./support.js";

describe("three masters", () => {
  const cluster = new Masters();
  let one: PracticeNode;
  let two: PracticeNode;
  let three: PracticeNode;
  beforeAll(async () => {
    one = await cluster.first();
  }, 60_000);
  afterAll(() => {
    cluster.dispose();
  });

  /** Waits until that master answers for the cluster. */
  function answers(node: PracticeNode, seconds = 30): Promise<void> {
    return eventually(async () => (await cluster.ask(node, "get", "cm", "-A")).code === 0, "the API answers", seconds);
  }
  function map(node: PracticeNode, name: string): Promise<string> {
    return cluster.ask(node, "get", "cm", name, "-o", "jsonpath={.metadata.resourceVersion}").then((ran) => ran.stdout);
  }

  it("a second and a third join, marked as the first is, with certificates of their own", async () => {
    two = await cluster.further("master2.example.com");
    three = await cluster.further("master3.example.com");
    const nodes = await cluster.ask(three, "get", "nodes");
    for (const number of ["1", "2", "3"]) {
      expect(nodes.stdout).toMatch(new RegExp(`master${number}\\.example\\.com +\\S+ +control-plane`));
    }
    const taints = await cluster.ask(two, "get", "node", "master3.example.com", "-o", "jsonpath={.spec.taints[*].key}");
    expect(taints.stdout).toContain("node-role.kubernetes.io/control-plane");
    const names = new X509Certificate(two.read("etc/kubernetes/pki/apiserver.crt")).subjectAltName ?? "";
    expect(names).toContain("DNS:master2.example.com");
    expect(names).toContain("DNS:api.demo.example.com");
    expect(two.has("etc/kubernetes/super-admin.conf")).toBe(false);
    const manifest = three.read("etc/kubernetes/manifests/etcd.yaml");
    expect(manifest).toContain("--initial-cluster-state=existing");
    const members = /--initial-cluster=(\S+)/
      .exec(manifest)?.[1]
      ?.split(",")
      .map((one) => one.split("=")[0]);
    expect(members?.sort()).toEqual(["master1.example.com", "master2.example.com", "master3.example.com"]);
  }, 120_000);

  it("each takes changes, and all show the same revision", async () => {
    for (const [index, node] of [one, two, three].entries()) {
      const name = `of-${String(index)}`;
      expect((await cluster.ask(node, "create", "configmap", name)).stderr).toBe("");
      const revisions = await Promise.all([one, two, three].map((from) => map(from, name)));
      expect(revisions[0]).toMatch(/^\d+$/);
      expect(new Set(revisions).size).toBe(1);
    }
    expect((await cluster.ask(two, "get", "--raw=/readyz")).stdout).toBe("ok");
  }, 60_000);

  it("a watch at one master shows what is done at another", async () => {
    const watch = cluster.ask(three, "get", "cm", "--watch-only", "-o", "name", "--request-timeout=6s");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await cluster.ask(two, "create", "configmap", "watched");
    const seen = await watch;
    expect(seen.stdout + seen.stderr).toBe("configmap/watched\n");
  }, 30_000);

  it("the loss of the first leaves a cluster that works: clients, controllers, a minion that joins", async () => {
    powerOff(one);
    await answers(two);
    await answers(three);
    expect((await cluster.ask(three, "create", "namespace", "after-the-loss")).code).toBe(0);
    await eventually(
      async () => (await cluster.ask(two, "-n", "after-the-loss", "get", "sa", "default")).code === 0,
      "a controller works",
    );
    const minion = await cluster.node();
    const ran = await cluster.join(minion, "minion1.example.com", false);
    expect(ran.stderr + ran.stdout).toContain("This node has joined the cluster:");
    await eventually(
      async () => (await cluster.ask(two, "get", "node", "minion1.example.com")).code === 0,
      "the minion is registered",
    );
  }, 90_000);

  it("a fourth does not join while a member is down", async () => {
    const node = await cluster.node();
    cluster.share(two, node);
    const ran = await cluster.join(node, "master4.example.com", true, (text) =>
      text.replace("etcdAPICall: 20s", "etcdAPICall: 2s"),
    );
    expect(ran.stderr).toContain(
      "error execution phase check-etcd: etcd cluster is not healthy: context deadline exceeded",
    );
    expect(ran.code).toBe(1);
    node.dispose();
    cluster.nodes.splice(cluster.nodes.indexOf(node), 1);
  }, 60_000);

  it("it comes back with all that happened, and takes part again", async () => {
    await powerOn(one);
    await answers(one);
    expect((await cluster.ask(one, "get", "sa", "default", "-n", "after-the-loss")).code).toBe(0);
    expect((await cluster.ask(one, "create", "configmap", "back")).code).toBe(0);
    expect(await map(two, "back")).toBe(await map(one, "back"));
  }, 60_000);

  it("without a majority nothing is answered but that etcd is missing", async () => {
    powerOff(one);
    powerOff(two);
    await eventually(async () => (await cluster.ask(three, "get", "--raw=/readyz")).code !== 0, "readyz fails");
    const ready = await cluster.ask(three, "get", "--raw=/readyz");
    expect(ready.stdout + ready.stderr).toContain("[-]etcd failed: reason withheld");
    const read = await cluster.ask(three, "get", "nodes");
    expect(read.stderr).toContain("Error from server: etcdserver: request timed out");
    const write = await cluster.ask(three, "delete", "cm", "of-0");
    expect(write.stderr).toContain("etcdserver: request timed out");
    const members = await cluster.etcdctl(three, "member", "list");
    expect(members.stderr).toContain("Error: context deadline exceeded");
    expect(members.code).toBe(1);
  }, 90_000);

  it("with one of the two back it goes on; nothing that was answered is lost", async () => {
    await powerOn(two);
    await answers(three);
    for (const name of ["of-0", "of-1", "of-2", "back"]) expect(await map(two, name)).toMatch(/^\d+$/);
    expect((await cluster.ask(two, "create", "configmap", "without-one")).code).toBe(0);
    await powerOn(one);
    await answers(one);
    expect(await map(one, "without-one")).toBe(await map(three, "without-one"));
  }, 90_000);
});
