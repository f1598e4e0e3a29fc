import { readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployment, networkManifest, practiceCluster, type PracticeCluster } from "./cluster.js";
import { eventually, kubectl, type PracticeNode } from "./support.js";

describe("workloads, nodes and the life of the API", () => {
  let cluster: PracticeCluster;
  let master: PracticeNode;
  let minion: PracticeNode;
  beforeAll(async () => {
    cluster = await practiceCluster();
    ({ master, minion } = cluster);
    await cluster.apply(readFileSync(networkManifest, "utf8"));
    await cluster.fine(["wait", "--for=condition=Ready", "nodes", "--all", "--timeout=30s"]);
  }, 90_000);
  afterAll(() => {
    cluster.dispose();
  });
  const fine = (args: readonly string[], input?: string): Promise<string> => cluster.fine(args, input);
  const apply = (text: string): Promise<string> => cluster.apply(text);

  it("runs, scales, updates and deletes a deployment", async () => {
    await fine(["apply", "-f", "-"], deployment("web"));
    await fine(["rollout", "status", "deploy/web", "--timeout=20s"]);
    await fine(["scale", "deploy/web", "--replicas=3"]);
    await fine(["set", "image", "deploy/web", "main=example.com/web:2"]);
    await fine(["rollout", "status", "deploy/web", "--timeout=20s"]);
    expect(await fine(["get", "deploy", "web", "-o", "wide"])).toMatch(
      /web +3\/3 +3 +3 +\S+ +main +example\.com\/web:2 +app=web/,
    );
    expect(await fine(["apply", "-f", "-"], deployment("web"))).toContain("configured");
    expect(await fine(["logs", "deploy/web"])).toContain("no container runs");
    expect(
      await fine(["get", "pods", "-l", "app=web", "--field-selector", "status.phase=Running", "-o", "name"]),
    ).toContain("pod/web-");
    await fine(["delete", "deploy", "web"]);
    await eventually(
      async () => (await fine(["get", "pods", "-l", "app=web", "-o", "name"])) === "",
      "its pods are gone",
    );
  }, 60_000);

  it("refuses pods whose host paths or mounts do not fit, and says why", async () => {
    const pod = (
      name: string,
      volume: string,
      mount: string,
    ): string => `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: default}, spec: {hostNetwork: true,
      containers: [{name: main, image: x, securityContext: {privileged: true}, volumeMounts: [{name: v, mountPath: /x${mount}}]}], volumes: [{name: v, hostPath: ${volume}}]}}`;
    await apply(pod("typed", "{path: /no/such/folder, type: Directory}", ""));
    await eventually(
      async () =>
        (await fine(["get", "events"])).includes("hostPath type check failed: /no/such/folder is not a directory"),
      "the event tells",
    );
    minion.write("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda rw\n23 22 0:6 / /sys rw - sysfs sysfs rw\n");
    await apply(pod("spread", "{path: /sys/fs}", ", mountPropagation: Bidirectional"));
    await eventually(
      async () => (await fine(["get", "pod", "spread"])).includes("CreateContainerError"),
      "the pod fails",
    );
    expect(await fine(["get", "pod", "spread", "-o", "yaml"])).toContain(
      'path "/sys/fs" is mounted on "/sys" but it is not a shared mount',
    );
    minion.write("proc/self/mountinfo", "22 1 8:1 / / rw shared:1 - ext4 /dev/sda rw\n");
    await fine(["wait", "--for=condition=Ready", "pod/spread", "--timeout=10s"]);
    await fine(["delete", "pod", "typed", "spread"]);
  }, 40_000);

  it("keeps to a disruption budget, cordons, drains and lets go", async () => {
    await apply(deployment("guarded"));
    await apply(
      "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: guarded, namespace: default}, spec: {minAvailable: 2, selector: {matchLabels: {app: guarded}}}}",
    );
    await fine(["rollout", "status", "deploy/guarded", "--timeout=20s"]);
    await fine(["cordon", "minion1.example.com"]);
    expect(await fine(["get", "nodes"])).toContain("Ready,SchedulingDisabled");
    const held = await kubectl(master, ["drain", "minion1.example.com", "--ignore-daemonsets", "--timeout=3s"]);
    expect(held.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget");
    await fine(["delete", "pdb", "guarded"]);
    expect(await fine(["drain", "minion1.example.com", "--ignore-daemonsets", "--timeout=20s"])).toContain("evicted");
    await eventually(async () => /guarded\S+ +0\/1 +Pending/.test(await fine(["get", "pods"])), "they wait for a node");
    await fine(["uncordon", "minion1.example.com"]);
    await fine(["rollout", "status", "deploy/guarded", "--timeout=20s"]);
    await fine(["delete", "deploy", "guarded"]);
  }, 60_000);

  it("comes back with its objects after it was killed, and reading writes nothing", async () => {
    await fine(["create", "cm", "lasting", "--from-literal=a=1"]);
    const uid = await fine(["get", "cm", "lasting", "-o", "jsonpath={.metadata.uid}"]);
    process.kill(Number(master.read("run/practice/kube-apiserver.pid")), "SIGKILL");
    await eventually(
      async () => (await kubectl(master, ["get", "--raw=/readyz"])).code === 0,
      "the kubelet starts the API again",
      20,
    );
    const folder = join(master.root, "var/lib/etcd/member/objects/_/configmaps/default");
    const written = statSync(join(folder, "lasting.json")).mtimeMs;
    expect(await fine(["get", "cm", "lasting", "-o", "jsonpath={.metadata.uid}"])).toBe(uid);
    expect(statSync(join(folder, "lasting.json")).mtimeMs).toBe(written);
    expect(readdirSync(folder).filter((name) => name.startsWith(".new-"))).toEqual([]);
  }, 40_000);

  it("marks a silent node NotReady, and stops without its manifest", async () => {
    process.kill(Number(minion.read("kubelet.pid")), "SIGTERM");
    await eventually(
      async () => /minion1\.example\.com +NotReady/.test(await fine(["get", "nodes"])),
      "the node is NotReady",
      30,
    );
    expect(await fine(["get", "node", "minion1.example.com", "-o", "yaml"])).toContain(
      "Kubelet stopped posting node status.",
    );
    await fine(["delete", "node", "minion1.example.com"]);
    rmSync(join(master.root, "etc/kubernetes/manifests/kube-apiserver.yaml"));
    await eventually(async () => (await kubectl(master, ["get", "--raw=/readyz"])).code !== 0, "the API ends");
  }, 60_000);
});
