import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FakeNode } from "./node.js";
import { kubeadmCalls } from "./node.js";
import { caHash, caPem, furtherVariables, masterVariables, minionVariables, sharedVariables } from "./node-input.js";
import { JOIN, joinedMaster, RESET } from "./joined-master.js";
import { useNodes } from "./use-nodes.js";

const { fitNode } = useNodes();
const furtherMaster = (): Promise<FakeNode> => joinedMaster(fitNode());

describe("markers", () => {
  test.each(["join-master.started", "init.started"])("%s, our CA: undone and joined", async (marker) => {
    const node = await fitNode();
    node.write(`/etc/alpine-k8s/${marker}`, `${caHash}\n`);
    node.write("/etc/kubernetes/pki/ca.crt", caPem);
    node.write("/etc/kubernetes/pki/apiserver.crt", "of the last attempt\n");
    node.write("/etc/kubernetes/manifests/etcd.yaml", "half\n");
    node.write("/var/lib/etcd/member/db", "half\n");
    const run = await node.run("master", furtherVariables);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.result.changed).toEqual(["reset", "kubelet-enabled", "join"]);
    expect(kubeadmCalls(node)).toEqual([RESET, JOIN]);
    const marks = readdirSync(`${node.root}/etc/alpine-k8s`).filter((name) => /\.(started|finished)$/.test(name));
    expect(marks).toEqual(["join-master.finished", "join-master.started"]);
    node.forgetCalls();
    expect((await node.run("master", furtherVariables)).result.changed).toEqual([]);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("what has ended counts, whatever else was begun", async () => {
    const node = await furtherMaster();
    node.write("/etc/alpine-k8s/init.started", `${caHash}\n`);
    node.write("/etc/alpine-k8s/join.started", `${caHash}\n`);
    const run = await node.run("master", furtherVariables);
    expect(run.result).toMatchObject({ changed: [], present: ["kubelet", "join"] });
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("one that a power failure emptied is ours and keeps its name, whichever master is asked for", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/join-master.started", "");
    const joined = await node.run("master", furtherVariables);
    expect(joined.stdout).toContain(
      "/etc/alpine-k8s/join-master.started is empty, as a power failure leaves it: it counts as this cluster's\n",
    );
    expect(joined.code).toBe(0);
    node.write("/etc/alpine-k8s/join-master.started", "");
    node.write("/etc/alpine-k8s/join-master.finished", "");
    const run = await node.run("master", masterVariables);
    expect(run.result).toMatchObject({ changed: ["adopted"], present: ["kubelet", "join", "dns"] });
    expect(node.read("/etc/alpine-k8s/join-master.finished")).toBe(`${caHash}\n`);
    expect(node.has("/etc/alpine-k8s/init.finished")).toBe(false);
    expect((await node.run("master", masterVariables)).result.changed).toEqual([]);
  });

  test("none, but our CA: adopted as finished", async () => {
    const node = await furtherMaster();
    for (const end of ["started", "finished"]) node.remove(`/etc/alpine-k8s/join-master.${end}`);
    const run = await node.run("master", furtherVariables);
    expect(run.result).toMatchObject({ changed: ["adopted"], present: ["kubelet", "join"] });
    expect(kubeadmCalls(node)).toEqual([]);
  });
});

describe("a master keeps what it is:", () => {
  test("one that joined, told to become the first, is only looked after", async () => {
    const node = await furtherMaster();
    const data = node.read("/var/lib/etcd/member/db");
    node.sh("rc-service kubelet stop");
    node.write("/etc/alpine-k8s/network.yaml", "kind: DaemonSet\n");
    const run = await node.run("master", {
      ...masterVariables,
      AK8S_NETWORK_MANIFEST: "/etc/alpine-k8s/network.yaml",
    });
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.result).toMatchObject({ changed: ["kubelet-started", "network"], present: ["kubelet", "join", "dns"] });
    expect(node.read("/var/lib/etcd/member/db")).toBe(data);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("the first, told to join, is only looked after", async () => {
    const node = await fitNode();
    expect((await node.run("master", masterVariables)).code).toBe(0);
    node.forgetCalls();
    const before = node.tree();
    const run = await node.run("master", furtherVariables);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.result).toMatchObject({ changed: [], present: ["kubelet", "init"] });
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("one that may be in etcd already is undone only when it was taken out: code 11, nothing changed", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/join-master.started", `${caHash}\n`);
    node.write("/var/lib/etcd/member/db", "half\n");
    const before = node.tree();
    const run = await node.run("master", { ...furtherVariables, AK8S_LEFT_ETCD: "" });
    expect(run.code).toBe(11);
    expect(run.stderr).toBe(
      "alpine-k8s: etcd: this node may be a member already: take it out of etcd first ('alpine-k8s up' does), then set AK8S_LEFT_ETCD=1\n",
    );
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("what is to be told to kubeadm is looked at before anything is undone", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/join-master.started", `${caHash}\n`);
    const before = node.tree();
    const run = await node.run("master", { ...furtherVariables, AK8S_TOKEN: "" });
    expect([run.code, run.stderr]).toEqual([
      10,
      "alpine-k8s: master.sh: AK8S_KUBEADM_CONFIG_B64 and AK8S_TOKEN must be set\n",
    ]);
    expect(node.tree()).toEqual(before);
  });

  test("a disk of its own for etcd is emptied and stays", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/join-master.started", `${caHash}\n`);
    node.sh("mkdir -p /var/lib/etcd && mount -t tmpfs tmpfs /var/lib/etcd && echo half >/var/lib/etcd/db");
    const run = await node.run("master", furtherVariables);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(node.sh("mount | grep -c /var/lib/etcd; ls /var/lib/etcd")).toBe("1\nmember\n");
  });

  test.each([[["join-master"]], [["init", "join-master"]]])(
    "one that began to %j makes no second cluster: code 11, nothing changed",
    async (begun) => {
      const node = await fitNode();
      for (const step of begun) node.write(`/etc/alpine-k8s/${step}.started`, `${caHash}\n`);
      const before = node.tree();
      const run = await node.run("master", masterVariables);
      expect(run.code).toBe(11);
      expect(run.stderr).toBe(
        "alpine-k8s: role: this node began to join a cluster as a further master and was to make a new one; join it, or remove it first\n",
      );
      expect(node.tree()).toEqual(before);
      expect(kubeadmCalls(node)).toEqual([]);
    },
  );

  test.each([
    { is: "minion" as const, told: "master" as const, first: minionVariables, then: furtherVariables },
    { is: "master" as const, told: "minion" as const, first: furtherVariables, then: minionVariables },
  ])("a $is is not made a $told: code 11", async ({ is, told, first, then }) => {
    const node = await fitNode();
    expect((await node.run(is, first)).code).toBe(0);
    node.forgetCalls();
    const before = node.tree();
    const run = await node.run(told, then);
    expect(run.code).toBe(11);
    expect(run.stderr).toBe(
      `alpine-k8s: role: this node is a ${is} of this cluster and was to become a ${told}; remove it first\n`,
    );
    expect(node.tree()).toEqual(before);
    expect(kubeadmCalls(node)).toEqual([]);
  });

  test("one whose own API is down: code 16, though others answer for the cluster", async () => {
    const node = await furtherMaster();
    node.fake("own-api-down");
    const run = await node.run("master", furtherVariables);
    expect(run.code).toBe(16);
    expect(run.stderr).toContain("this master is finished and its API does not answer (nothing was reset)");
    const check = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
    expect(check.facts.get("api")).toBe("down");
    // kubeadm's annotation in the manifest has the address, too.
    expect((await node.run("shared", { AK8S_MODE: "check" })).facts.get("api")).toBe("down");
    node.remove("/etc/kubernetes/manifests/kube-apiserver.yaml");
    expect((await node.run("master", furtherVariables)).stderr).toContain("kube-apiserver.yaml is not there");
    expect(kubeadmCalls(node)).toEqual([]);
  });
});
