import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drainNode, lookAtPods } from "../../src/kube/drain-node.js";
import { connectKube } from "../../src/kube/connect-kube.js";
import type { KubeApi } from "../../src/kube/kube-api.js";
import { readCredentials } from "../../src/kubeconfig/admin-config.js";
import { systemClock } from "../../src/wait.js";
import { deployment, networkManifest, practiceCluster, type PracticeCluster } from "./cluster.js";
import { eventually, kubectl, type PracticeNode } from "./support.js";

const NODE = "minion1.example.com";
const budget = (name: string, spec: string): string =>
  `{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: ${name}, namespace: default}, spec: {${spec}, selector: {matchLabels: {app: ${name}}}}}`;

/** As upstream has it in pkg/registry/core/pod/storage/eviction.go and pkg/controller/disruption/disruption.go. */
describe("disruption budgets, with the real kubectl and our own drain", () => {
  let cluster: PracticeCluster;
  let master: PracticeNode;
  let api: KubeApi;
  beforeAll(async () => {
    cluster = await practiceCluster();
    ({ master } = cluster);
    await cluster.apply(readFileSync(networkManifest, "utf8"));
    await fine(["wait", "--for=condition=Ready", "nodes", "--all", "--timeout=30s"]);
    const direct = readCredentials(master.read("etc/kubernetes/admin.conf"));
    api = await connectKube({ direct, through: undefined });
  }, 90_000);
  afterAll(() => {
    api.close();
    cluster.dispose();
  });
  const fine = (args: readonly string[], input?: string): Promise<string> => cluster.fine(args, input);
  const said = async (args: readonly string[], input = ""): Promise<string> =>
    (await kubectl(master, args, input)).stderr;
  const statusOf = async (name: string): Promise<Record<string, unknown>> =>
    JSON.parse(await fine(["get", "pdb", name, "-o", "jsonpath={.status}"])) as Record<string, unknown>;
  const evict = (path: string, body: object): Promise<string> =>
    said(["create", "--raw", `/api/v1/namespaces/default/pods/${path}/eviction`, "-f", "-"], JSON.stringify(body));
  const podsOf = async (name: string): Promise<string[]> =>
    (await fine(["get", "pods", "-l", `app=${name}`, "-o", "jsonpath={.items[*].metadata.name}"])).split(" ");

  it("counts as the disruption controller does", async () => {
    await cluster.apply(deployment("counted"));
    await fine(["rollout", "status", "deploy/counted", "--timeout=20s"]);
    for (const [spec, expected] of [
      ["minAvailable: 2", { desiredHealthy: 2, disruptionsAllowed: 0, expectedPods: 2 }],
      ["minAvailable: 50%", { desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 2 }],
      ["maxUnavailable: 1", { desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 2 }],
      ["maxUnavailable: 0", { desiredHealthy: 2, disruptionsAllowed: 0, expectedPods: 2 }],
    ] as const) {
      await fine(["delete", "pdb", "counted", "--ignore-not-found"]);
      await cluster.apply(budget("counted", spec));
      await eventually(async () => "currentHealthy" in (await statusOf("counted").catch(() => ({}))), "it is counted");
      expect(await statusOf("counted"), spec).toMatchObject({ ...expected, currentHealthy: 2, observedGeneration: 1 });
      const conditions = [{ type: "DisruptionAllowed", status: expected.disruptionsAllowed > 0 ? "True" : "False" }];
      expect(await statusOf("counted")).toMatchObject({ conditions });
    }
  }, 60_000);

  it("refuses an eviction with upstream's words, and what is no Eviction of that pod", async () => {
    const [name = ""] = await podsOf("counted");
    const right = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: "default" } };
    expect(await evict(name, right)).toContain(
      "(TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.",
    );
    expect(await api.evict({ namespace: "default", name, uid: "" })).toEqual({
      outcome: "refused",
      reason: "The disruption budget counted needs 2 healthy pods and has 2 currently",
      budget: "counted",
    });
    expect(await evict(name, { ...right, metadata: { name: "other" } })).toContain(
      "name in URL does not match name in Eviction object",
    );
    expect(await evict(name, { ...right, apiVersion: "v1" })).toContain("an Eviction is needed");
    expect(await api.evict({ namespace: "default", name: "none", uid: "" })).toEqual({ outcome: "gone" });
    await cluster.apply(budget("second", "minAvailable: 1").replace("app: second", "app: counted"));
    expect(await api.evict({ namespace: "default", name, uid: "" })).toMatchObject({
      reason: expect.stringContaining("more than one PodDisruptionBudget") as string,
    });
    await fine(["delete", "pdb", "second"]);
  }, 30_000);

  it.each([
    ["minAvailable: 1, maxUnavailable: 1", "minAvailable and maxUnavailable cannot be both set"],
    ["minAvailable: 120%", "must not be greater than 100%"],
    ["minAvailable: half", "a valid percent string must be a numeric string"],
    ["maxUnavailable: -1", "must be greater than or equal to 0"],
    ["minAvailable: 1, unhealthyPodEvictionPolicy: Never", "Unsupported value"],
  ])("refuses a budget with %s", async (spec, words) => {
    const flags = ["apply", "--server-side", "--field-manager=test", "-f", "-"];
    expect(await said(flags, `---\n${budget("wrong", spec)}`)).toContain(words);
  });

  it("lets kubectl drain and our own wait for the same budget", async () => {
    await fine(["cordon", NODE]);
    const held = await said(["drain", NODE, "--ignore-daemonsets", "--timeout=2s"]);
    expect(held).toContain("Cannot evict pod as it would violate the pod's disruption budget");
    const drain = { kube: api, fqdn: NODE, force: false, clock: systemClock, signal: new AbortController().signal };
    const waits: string[] = [];
    const running = drainNode({ ...drain, timeout: 30_000, onWait: (text) => waits.push(text) });
    await fine(["patch", "pdb", "counted", "--type=merge", "-p", '{"spec":{"maxUnavailable":2}}']);
    const drained = await running;
    expect(drained).toMatchObject({ left: [], lost: false });
    expect(drained.evicted.filter((name) => name.startsWith("default/counted-"))).toHaveLength(2);
    expect(waits.join("\n")).toContain("The disruption budget counted needs 2 healthy pods and has 2 currently");
    expect((await lookAtPods(api, NODE, drain.signal)).leaving).toEqual([]);
    await eventually(async () => !("disruptedPods" in (await statusOf("counted"))), "the evictions are forgotten");
    await fine(["uncordon", NODE]);
    await fine(["rollout", "status", "deploy/counted", "--timeout=20s"]);
  }, 60_000);

  it("lets a pod go that is not healthy when the budget says so, and only that very pod", async () => {
    await fine(["patch", "pdb", "counted", "--type=merge", "-p", '{"spec":{"maxUnavailable":0}}']);
    const [name = ""] = await podsOf("counted");
    const pod = await fine(["get", "pod", name, "-o", "json"]);
    const sick = pod.replace(/("status": )"True"(,\s+"type": "Ready")/, '$1"False"$2');
    await fine(["replace", "--raw", `/api/v1/namespaces/default/pods/${name}/status`, "-f", "-"], sick);
    await eventually(async () => (await statusOf("counted"))["currentHealthy"] === 1, "it is counted as not healthy");
    const { uid } = (JSON.parse(pod) as { metadata: { uid: string } }).metadata;
    expect(await api.evict({ namespace: "default", name, uid })).toMatchObject({
      reason: "The disruption budget counted needs 2 healthy pods and has 1 currently",
    });
    await fine([
      "patch",
      "pdb",
      "counted",
      "--type=merge",
      "-p",
      '{"spec":{"unhealthyPodEvictionPolicy":"AlwaysAllow"}}',
    ]);
    expect(await api.evict({ namespace: "default", name, uid: "another" })).toEqual({ outcome: "gone" });
    expect((await podsOf("counted")).includes(name)).toBe(true);
    expect(await api.evict({ namespace: "default", name, uid })).toEqual({ outcome: "evicted" });
  }, 60_000);

  it("forgets the pods and the lease of a deleted node", async () => {
    await fine(["delete", "node", NODE]);
    await eventually(
      async () => (await lookAtPods(api, NODE, new AbortController().signal)).leaving.length === 0,
      "its pods are gone",
    );
    const lease = ["get", "lease", "-n", "kube-node-lease", NODE];
    await eventually(async () => (await said(lease)).includes("NotFound"), "its lease is gone");
    expect(await fine(["get", "nodes"])).not.toContain(NODE);
  }, 60_000);
});
