import { afterEach, expect, test } from "vitest";
import { FakeNode, sharedVariables } from "./node.js";

const nodes: FakeNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) {
    expect(node.refused()).toBe("");
    await node.stop();
  }
});

/** An Alpine as it comes: no Kubernetes, no runtime, only the main repository; apk offers what 3.24 does. */
async function plainAlpine(): Promise<FakeNode> {
  const node = await FakeNode.start();
  nodes.push(node);
  node.write(
    "/etc/apk/repositories",
    "#http://cdn.example.com/alpine/v3.24/community\nhttp://mirror.example.com/alpine/v3.24/main\n",
  );
  node.fake("apk/policy", "kubeadm policy:\n  1.36.1-r1:\n    http://mirror.example.com/alpine/v3.24/community\n");
  const programs: Record<string, readonly string[]> = {
    kubeadm: ["kubeadm"],
    kubelet: ["kubelet"],
    kubectl: ["kubectl"],
    containerd: ["containerd"],
    "cri-tools": ["crictl"],
    iptables: ["iptables"],
  };
  for (const [name, files] of Object.entries(programs)) {
    for (const file of files) {
      node.write(`/fake/apk/${name}/fake/bin/${file}`, node.read(`/fake/bin/${file}`), 0o755);
      node.remove(`/fake/bin/${file}`);
    }
  }
  for (const plugin of ["bridge", "host-local", "loopback", "portmap"]) {
    node.write(`/fake/apk/cni-plugins/usr/libexec/cni/${plugin}`, plugin, 0o755);
  }
  node.write("/fake/apk/containerd/etc/init.d/containerd", "#!/sbin/openrc-run\n", 0o755);
  node.write("/fake/apk/kubelet/etc/init.d/kubelet", "#!/sbin/openrc-run\n", 0o755);
  for (const path of [
    "/etc/init.d/containerd",
    "/etc/init.d/kubelet",
    "/etc/conf.d/kubelet",
    "/etc/containerd",
    "/usr/libexec/cni",
  ]) {
    node.remove(path);
  }
  return node;
}

test("a plain Alpine gets what is missing from its own release and mirror", async () => {
  const node = await plainAlpine();
  const check = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check" });
  expect(check.conditions.get("packages")?.reason).toBe(
    "missing: kubeadm kubelet containerd crictl iptables, CNI plugins bridge host-local loopback portmap",
  );
  const run = await node.run("shared", sharedVariables);
  expect(run.stderr).toBe("");
  expect(run.code).toBe(0);
  expect(run.result.changed).toContain("packages");
  expect(node.read("/etc/apk/repositories")).toBe(
    "#http://cdn.example.com/alpine/v3.24/community\nhttp://mirror.example.com/alpine/v3.24/main\nhttp://mirror.example.com/alpine/v3.24/community\n",
  );
  expect(node.calls().filter((call) => call.startsWith("apk"))).toEqual([
    "apk update",
    "apk policy kubeadm",
    "apk add kubeadm=~1.36.1 kubelet=~1.36.1 containerd cri-tools iptables cni-plugins kubectl=~1.36.1",
  ]);
  const again = await node.run("shared", sharedVariables);
  expect(again.result.changed).toEqual([]);
});

test("a version that the release does not have: code 12, with those that it has", async () => {
  const node = await plainAlpine();
  const run = await node.run("shared", { ...sharedVariables, AK8S_KUBERNETES_VERSION: "v1.35.2" });
  expect(run.code).toBe(12);
  expect(run.result.failed[0]).toContain(
    "(kubeadm 1.35.2 is not in the repositories of this Alpine release, which has: 1.36.1-r1; ask for that version or use another release)",
  );
  expect(node.calls().filter((call) => call.startsWith("apk add"))).toEqual([]);
});

test("only the proxy asked for reaches apk", async () => {
  const node = await plainAlpine();
  node.forgetCalls();
  await node.run("shared", { ...sharedVariables, AK8S_HTTP_PROXY: "http://proxy.example.com:3128" });
  const environment = node.read("/fake/environment");
  expect(environment).toContain("http_proxy=http://proxy.example.com:3128");
  expect(environment).not.toContain("127.0.0.1:9");
});

test("no repositories at all: code 12 and what to type", async () => {
  const node = await plainAlpine();
  node.write("/etc/apk/repositories", "/media/cdrom/apks\n");
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(12);
  expect(run.result.failed[0]).toContain("/etc/apk/repositories names no main repository; run setup-apkrepos -c");
});

test("missing plug-ins alone are a warning when they cannot be had: some networks bring their own", async () => {
  const node = await FakeNode.start();
  nodes.push(node);
  node.remove("/usr/libexec/cni/portmap");
  node.remove("/fake/bin/apk");
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(0);
  expect(run.result.warnings).toEqual([
    "packages: missing CNI plugins: portmap; the network add-on has to bring them (there is no apk on this node)",
  ]);
});

test("a complete node never asks apk, which always fails there", async () => {
  const node = await FakeNode.start();
  nodes.push(node);
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(0);
  expect(node.calls().filter((call) => call.startsWith("apk"))).toEqual([]);
});
