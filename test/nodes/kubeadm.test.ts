import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { kubeadmCalls } from "./node.js";
import {
  caHash,
  caKey,
  caPem,
  masterVariables,
  minionVariables,
  otherHash,
  sharedVariables,
  token,
} from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { fitNode } = useNodes();
const leftovers = (node: FakeNode): string[] =>
  readdirSync(`${node.root}/run`).filter((name) => name.startsWith("alpine-k8s"));

describe.each(["ash", "dash"] as const)("under %s", (shell) => {
  test("master.sh makes the first master once; the second run changes nothing and says so", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/network.yaml", "kind: DaemonSet\n");
    const variables = { ...masterVariables, AK8S_NETWORK_MANIFEST: "/etc/alpine-k8s/network.yaml" };
    const first = await node.run("master", variables, shell);
    expect(first.stderr).toBe("");
    expect(first.code).toBe(0);
    expect(first.result).toMatchObject({
      script: "master",
      changed: ["kubelet-enabled", "init", "network"],
      failed: [],
    });
    expect(kubeadmCalls(node)).toEqual([
      "kubeadm init --v=1 --config /run/alpine-k8s.N/kubeadm.yaml --skip-token-print",
    ]);
    expect(node.read("/fake/kubeadm-config")).toContain(`- token: "${token}"`);
    expect(node.read("/etc/kubernetes/pki/ca.crt")).toBe(caPem);
    expect(node.read("/etc/kubernetes/pki/ca.key")).toBe(caKey);
    expect(node.mode("/etc/kubernetes/pki/ca.key")).toBe(0o600);
    expect(node.read("/etc/alpine-k8s/init.finished")).toBe(`${caHash}\n`);
    expect(node.read("/fake/applied")).toBe("kind: DaemonSet\n");
    expect(leftovers(node)).toEqual([]);

    const before = node.tree();
    node.forgetCalls();
    const second = await node.run("master", variables, shell);
    expect(second.code).toBe(0);
    expect(second.result.changed).toEqual([]);
    expect(second.result.present).toEqual(["kubelet", "init", "network", "dns"]);
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
    expect(node.calls().filter((call) => /rc-update|rc-service kubelet (start|stop)|apply/.test(call))).toEqual([]);

    const shared = await node.run("shared", sharedVariables, shell);
    expect(shared.result.changed).toEqual([]);
    expect(shared.conditions.get("ports")).toMatchObject({ state: "skipped", reason: "this node is finished already" });
    expect(node.tree()).toEqual(before);
  });

  test("minion.sh joins once; the second run changes nothing and says so", async () => {
    const node = await fitNode({ ...sharedVariables, AK8S_ROLE: "minion" });
    const first = await node.run("minion", minionVariables, shell);
    expect(first.stderr).toBe("");
    expect(first.code).toBe(0);
    expect(first.result.changed).toEqual(["kubelet-enabled", "join"]);
    expect(kubeadmCalls(node)).toEqual(["kubeadm join --v=1 --config /run/alpine-k8s.N/kubeadm.yaml"]);
    expect(node.read("/etc/alpine-k8s/join.finished")).toBe(`${caHash}\n`);
    expect(leftovers(node)).toEqual([]);

    const before = node.tree();
    node.forgetCalls();
    const second = await node.run("minion", minionVariables, shell);
    expect(second.code).toBe(0);
    expect(second.result).toMatchObject({ changed: [], present: ["kubelet", "join"] });
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });
});

describe("markers", () => {
  test("started, not finished, our CA: undone and done anew", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/init.started", `${caHash}\n`);
    node.write("/etc/kubernetes/pki/ca.crt", caPem);
    node.write("/etc/kubernetes/manifests/etcd.yaml", "half\n");
    node.write("/var/lib/etcd/member/db", "half\n");
    node.write("/etc/cni/net.d/10-canal.conflist", "{}\n");
    node.write("/etc/cni/net.d/99-users.conf", "{}\n");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(["reset", "kubelet-enabled", "init"]);
    expect(kubeadmCalls(node)).toEqual([
      "kubeadm reset -f --cri-socket unix:///run/containerd/containerd.sock",
      "kubeadm init --v=1 --config /run/alpine-k8s.N/kubeadm.yaml --skip-token-print",
    ]);
    expect(node.has("/etc/cni/net.d/10-canal.conflist")).toBe(false);
    expect(node.has("/etc/cni/net.d/99-users.conf")).toBe(true);
  });

  test("a marker that a power failure emptied is ours as long as the CA is", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/init.started", "");
    expect((await node.run("master", masterVariables)).code).toBe(0);
    node.write("/etc/alpine-k8s/init.finished", "");
    node.forgetCalls();
    const again = await node.run("master", masterVariables);
    expect(again.result.present).toContain("init");
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test.each([
    { what: "another hash, started", files: { "/etc/alpine-k8s/init.started": `${otherHash}\n` } },
    { what: "another hash, finished", files: { "/etc/alpine-k8s/join.finished": `${otherHash}\n` } },
    {
      what: "our hash, started, and another CA on the disk",
      files: {
        "/etc/alpine-k8s/init.started": `${caHash}\n`,
        "/etc/kubernetes/pki/ca.crt": caPem.replace("Tm90", "Tm9a"),
      },
    },
    {
      what: "kubeadm files and no marker",
      files: { "/etc/kubernetes/admin.conf": "x\n", "/etc/kubernetes/pki/ca.crt": "x\n" },
    },
  ])("foreign ($what): code 11, nothing changed", async ({ files }) => {
    const node = await fitNode();
    for (const [path, text] of Object.entries(files)) node.write(path, text);
    const before = node.tree();
    for (const [name, variables] of [
      ["master", masterVariables],
      ["minion", minionVariables],
      ["reset", sharedVariables],
    ] as const) {
      const run = await node.run(name, variables);
      expect(run.code).toBe(11);
      expect(run.stderr).toContain("alpine-k8s: other cluster: this node");
    }
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("no markers, but our CA: adopted as finished", async () => {
    const node = await fitNode();
    await node.run("master", masterVariables);
    node.remove("/etc/alpine-k8s/init.started");
    node.remove("/etc/alpine-k8s/init.finished");
    node.forgetCalls();
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(["adopted"]);
    expect(kubeadmCalls(node)).toEqual([]);
    expect(node.read("/etc/alpine-k8s/init.finished")).toBe(`${caHash}\n`);
  });

  test("a minion is not made a master", async () => {
    const node = await fitNode();
    await node.run("minion", minionVariables);
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(11);
    expect(run.stderr).toContain(
      "role: this node is a minion of this cluster and was to become a master; remove it first",
    );
  });

  test("without a pin nothing is done", async () => {
    const node = await fitNode();
    const run = await node.run("minion", { ...minionVariables, AK8S_CA_HASH: "" });
    expect(run.code).toBe(10);
    expect(run.stderr).toBe("alpine-k8s: minion.sh: AK8S_CA_HASH must be set: joins are always pinned\n");
  });
});

describe("a finished master is never reset", () => {
  async function finishedMaster(): Promise<FakeNode> {
    const node = await fitNode();
    expect((await node.run("master", masterVariables)).code).toBe(0);
    node.forgetCalls();
    return node;
  }
  const etcd = "/var/lib/etcd/member/db";

  test("whose API is down: code 16 with words, the data as it was", async () => {
    const node = await finishedMaster();
    const before = node.tree();
    node.fake("api-down");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(16);
    expect(run.stderr).toBe(
      "alpine-k8s: API: this master is finished and its API does not answer (nothing was reset) within 1 s; see 'crictl ps -a' and /var/log/pods\n",
    );
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("whose API is down for want of its manifest: told at once", async () => {
    const node = await finishedMaster();
    node.remove("/etc/kubernetes/manifests/kube-apiserver.yaml");
    const before = node.tree();
    node.fake("api-down");
    const run = await node.run("master", { ...masterVariables, AK8S_API_WAIT: "300" });
    expect(run.code).toBe(16);
    expect(run.stderr).toBe(
      "alpine-k8s: API: this master is finished and /etc/kubernetes/manifests/kube-apiserver.yaml is not there, so the kubelet cannot start the API (nothing was reset); put the file back\n",
    );
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("whose kubelet was stopped: started again", async () => {
    const node = await finishedMaster();
    const data = node.read(etcd);
    node.sh("rc-service kubelet stop");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(["kubelet-started"]);
    expect(node.read(etcd)).toBe(data);
  });

  test("whose kubelet service has crashed and is in no runlevel: zapped, started, enabled", async () => {
    const node = await finishedMaster();
    node.fake("crashed-kubelet");
    node.remove("/etc/runlevels/default/kubelet");
    const run = await node.run("master", masterVariables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual(["kubelet-enabled", "kubelet-started"]);
  });

  test("whose kubelet stays sick: code 16 with the last lines of its log", async () => {
    const node = await finishedMaster();
    node.fake("kubelet-sick");
    node.write("/var/log/kubelet/kubelet.log", "one\ntwo\nno space left on device\n");
    const run = await node.run("master", { ...masterVariables, AK8S_KUBELET_WAIT: "1" });
    expect(run.code).toBe(16);
    expect(run.stderr).toContain(
      "service started, healthz: wget: can't connect to remote host (127.0.0.1): Connection refused",
    );
    expect(run.stderr).toContain("last lines of /var/log/kubelet/kubelet.log: one; two; no space left on device");
    expect(node.has(etcd)).toBe(true);
  });

  test("whose kubelet gives up: its reason, not the stacks that follow it", async () => {
    const node = await finishedMaster();
    node.fake("kubelet-sick");
    const reason = "F1129 12:00:01.000001    4242 server.go:155] unknown flag: --nonsense";
    const stacks = "goroutine 1 [running]:\n\t/build/main.go:7 +0x1c\n".repeat(900);
    node.write("/var/log/kubelet/kubelet.log", `I1129 12:00:00.9 one\n${reason}\n${stacks}`);
    const run = await node.run("master", { ...masterVariables, AK8S_KUBELET_WAIT: "1" });
    expect(run.code).toBe(16);
    expect(run.result.failed[0]?.split("; last lines of ")[1]).toBe(`/var/log/kubelet/kubelet.log: ${reason}`);
  });

  test("the facts of a living master", async () => {
    const node = await finishedMaster();
    const check = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(Object.fromEntries(check.facts)).toMatchObject({
      role: "master",
      state: "finished",
      kubelet_service: "started",
      kubelet_healthz: "ok",
      api: "ok",
    });
    node.fake("api-down");
    expect((await node.run("shared", { AK8S_MODE: "check" })).facts.get("api")).toBe("down");
  });
});
