import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { caFingerprint, masterVariables, minionVariables, sharedVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode, fitNode } = useNodes();

describe("reset.sh", () => {
  const variables = { ...sharedVariables, AK8S_CA_FINGERPRINT: caFingerprint };

  test("takes a node out, leaves what is not ours, and does nothing the second time", async () => {
    const node = await fitNode();
    node.write("/etc/alpine-k8s/notice", "kept\n");
    node.write("/etc/cni/net.d/10-flannel.conflist", "{}\n");
    expect((await node.run("master", masterVariables)).code).toBe(0);
    const run = await node.run("reset", variables);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    expect(run.result.changed).toEqual([
      "kubeadm-reset",
      "kubelet-runlevel",
      "alpine-k8s-node-runlevel",
      "boot-service",
      "cni-files",
      "hosts-endpoint",
      "markers",
    ]);
    expect(node.read("/etc/hosts")).toBe(
      "127.0.0.1 localhost\n::1 localhost\n10.250.250.2 master1.example.com master1\n",
    );
    expect(readdirSync(`${node.root}/etc/alpine-k8s`)).toEqual(["notice"]);
    expect(node.has("/var/lib/etcd")).toBe(false);

    const before = node.tree();
    const again = await node.run("reset", variables);
    expect(again.code).toBe(0);
    expect(again.result).toMatchObject({ changed: [], present: ["clean"] });
    expect(node.tree()).toEqual(before);

    expect((await node.run("shared", sharedVariables)).code).toBe(0);
    expect((await node.run("minion", minionVariables)).code).toBe(0);
  });

  test.each(["minion", "reset"] as const)("of a minion that is cut off can be followed by %s.sh", async (next) => {
    const node = await fitNode();
    expect((await node.run("minion", minionVariables)).code).toBe(0);
    const kubeadm = node.read("/fake/bin/kubeadm");
    node.write(
      "/fake/bin/kubeadm",
      "#!/bin/sh\nrm -f /etc/kubernetes/*.conf /var/lib/kubelet/config.yaml\nkill -KILL $PPID\n",
      0o755,
    );
    await expect(node.run("reset", variables)).rejects.toThrow("the last line is no result");
    expect(node.has("/etc/kubernetes/kubelet.conf")).toBe(false);
    node.write("/fake/bin/kubeadm", kubeadm, 0o755);
    const run = await node.run(next, { ...variables, ...(next === "minion" ? minionVariables : {}) });
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(node.has("/etc/kubernetes/kubelet.conf")).toBe(next === "minion");
    expect(node.has("/etc/alpine-k8s/join.finished")).toBe(next === "minion");
  });

  test("of a master that is cut off leaves it finished: nothing but a reset may take its data", async () => {
    const node = await fitNode();
    expect((await node.run("master", masterVariables)).code).toBe(0);
    node.write("/fake/bin/kubeadm", "#!/bin/sh\nkill -KILL $PPID\n", 0o755);
    await expect(node.run("reset", variables)).rejects.toThrow("the last line is no result");
    expect(node.has("/etc/alpine-k8s/init.finished")).toBe(true);
  });

  test("goes on without the API when it goes away in the middle, as kubeadm 1.20 cannot by itself", async () => {
    const node = await fitNode();
    expect((await node.run("master", masterVariables)).code).toBe(0);
    node.fake("api-goes-away");
    node.forgetCalls();
    const run = await node.run("reset", variables);
    expect([run.code, run.stderr, run.result.warnings]).toEqual([0, "", []]);
    const reset = "kubeadm reset -f --cri-socket unix:///run/containerd/containerd.sock";
    expect(node.calls().filter((call) => call.startsWith("kubeadm "))).toEqual([
      reset,
      `${reset} --kubeconfig /dev/null`,
    ]);
    expect(node.has("/var/lib/kubelet")).toBe(false);
  });

  test("takes the proxy away from the runtime, which is restarted only then", async () => {
    const proxied = { ...sharedVariables, AK8S_HTTP_PROXY: "http://proxy.example.com:3128" };
    const node = await freshNode();
    node.write("/etc/conf.d/containerd", "# own\nrc_ulimit=1\n");
    expect((await node.run("shared", proxied)).code).toBe(0);
    expect(node.read("/etc/conf.d/containerd")).toContain("export HTTP_PROXY='http://proxy.example.com:3128'");
    node.forgetCalls();
    const restarts = (): string[] => node.calls().filter((call) => call === "rc-service containerd restart");
    const run = await node.run("reset", variables);
    expect(run.code).toBe(0);
    expect(run.result.changed).toContain("proxy");
    expect(node.read("/etc/conf.d/containerd")).toBe("# own\nrc_ulimit=1\n");
    expect(restarts()).toHaveLength(1);
    const again = await node.run("reset", variables);
    expect(again.result).toMatchObject({ changed: [], present: ["clean"] });
    expect(restarts()).toHaveLength(1);
  });

  test("takes the proxy away from a runtime that is stopped, and leaves it stopped", async () => {
    const node = await freshNode();
    node.write(
      "/etc/conf.d/containerd",
      "# alpine-k8s proxy begin\nexport HTTP_PROXY='x'\n# alpine-k8s proxy end\nown=1",
    );
    const run = await node.run("reset", variables);
    expect(run.result.changed).toEqual(["proxy"]);
    expect(node.read("/etc/conf.d/containerd")).toBe("own=1\n");
    expect(node.calls()).toEqual([]);
  });

  test("takes Kubernetes' rules out of iptables and puts all others back", async () => {
    const node = await fitNode();
    const own = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n";
    node.fake(
      "rules",
      own.replace("-A INPUT", ":KUBE-SERVICES - [0:0]\n-A INPUT -j KUBE-SERVICES\n-A INPUT -j cali-INPUT\n-A INPUT"),
    );
    node.write("/fake/bin/iptables-save", "#!/bin/sh\n. /fake/lib\ncat /fake/rules\n", 0o755);
    node.write("/fake/bin/iptables-restore", "#!/bin/sh\n. /fake/lib\ncat >/fake/restored\n", 0o755);
    const run = await node.run("reset", variables);
    expect(run.result.changed).toContain("iptables-restore");
    expect(node.read("/fake/restored")).toBe(own);
  });
});
