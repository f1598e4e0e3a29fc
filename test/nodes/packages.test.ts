import { describe, expect, test } from "vitest";
import { condition, type FakeNode } from "./node.js";
import { sharedVariables } from "./node-input.js";
import { useNodes } from "./use-nodes.js";

const { freshNode } = useNodes();

const mirror = "http://mirror.example.com/alpine/v3.24";
const local = "http://10.0.2.2:8000/apks";
const kubernetes = [
  "kubeadm 1.36.1-r1",
  "kubelet 1.36.1-r1",
  "kubectl 1.36.1-r1",
  "containerd 2.2.1-r0",
  "cri-tools 1.35.0-r0",
  "cni-plugins 1.9.0-r0",
];
/** Adds packages to a repository: lines `PACKAGE VERSION`. */
function offer(node: FakeNode, packages: readonly string[], repository: string): void {
  const before = node.has("/fake/offers") ? node.read("/fake/offers") : "";
  node.fake("offers", before + packages.map((line) => `${line} ${repository}\n`).join(""));
}
const apkCalls = (node: FakeNode): string[] =>
  node
    .calls()
    .filter((call) => call.startsWith("apk"))
    .map((call) => call.replace(" --wait 120", "").split(" ").slice(0, 3).join(" "));
const repositories = "/etc/apk/repositories";

/** A fresh Alpine: no Kubernetes, no runtime, only the main repository; apk offers the packages of 3.24. */
async function plainAlpine(): Promise<FakeNode> {
  const node = await freshNode();
  node.write(
    "/etc/apk/repositories",
    "#http://cdn.example.com/alpine/v3.24/community\nhttp://mirror.example.com/alpine/v3.24/main\n",
  );
  offer(node, kubernetes, `${mirror}/community`);
  offer(node, ["iptables 1.8.11-r1"], `${mirror}/main`);
  node.write("/fake/apk/.keep", "");
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
  const all = "kubeadm kubelet containerd cri-tools iptables cni-plugins kubectl";
  expect(node.calls().filter((call) => call.startsWith("apk"))).toEqual([
    "apk update --wait 120",
    `apk policy ${all}`,
    "apk update --wait 120",
    `apk policy ${all}`,
    "apk add --wait 120 kubeadm=~1.36.1 kubelet=~1.36.1 containerd cri-tools iptables cni-plugins kubectl=~1.36.1",
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

test("nothing offered and no main repository: code 12, the packages, apk's words and what to type", async () => {
  const node = await plainAlpine();
  node.write(repositories, "/media/cdrom/apks\n");
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(12);
  expect(run.result.failed[0]).toBe(
    "packages: missing: kubeadm kubelet containerd crictl iptables, CNI plugins bridge host-local loopback portmap (apk add kubeadm=~1.36.1 kubelet=~1.36.1 containerd cri-tools iptables cni-plugins kubectl=~1.36.1 failed: unable to select packages: kubeadm (no such package): required by: world[kubeadm=~1.36.1]; /etc/apk/repositories names no main repository; run setup-apkrepos -c, or give a mirror that has them)",
  );
  expect(node.read(repositories)).toBe("/media/cdrom/apks\n");
});

describe("repositories", () => {
  test.each([local, "/media/vdb/apks"])("%s alone may hold everything, without a community beside it", async (url) => {
    const node = await plainAlpine();
    offer(node, [...kubernetes, "iptables 1.8.11-r1"], url);
    node.write(repositories, `${url}\n`);
    const run = await node.run("shared", sharedVariables);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    expect(node.read(repositories)).toBe(`${url}\n`);
    expect(apkCalls(node)).toEqual(["apk update", "apk policy kubeadm", "apk add kubeadm=~1.36.1"]);
  });

  test("a dead one among working ones does not keep apk from installing", async () => {
    const node = await plainAlpine();
    node.fake("dead", "http://dead.example.com/apks\n");
    node.write(repositories, `http://dead.example.com/apks\n${mirror}/main\n${mirror}/community\n`);
    const run = await node.run("shared", sharedVariables);
    expect(run.stderr).toBe("");
    expect(run.code).toBe(0);
    expect(apkCalls(node)).toEqual(["apk update", "apk policy kubeadm", "apk add kubeadm=~1.36.1"]);
  });

  test("an apk that refuses because of a dead one is told to go on", async () => {
    const node = await plainAlpine();
    node.fake("dead", "http://dead.example.com/apks\n");
    node.fake("strict-apk");
    node.write(repositories, `http://dead.example.com/apks\n${mirror}/main\n${mirror}/community\n`);
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(0);
    expect(apkCalls(node).at(-1)).toBe("apk add --force-missing-repositories");
  });

  test("a package that none has: code 12 with the words of apk update too; a community that does not help goes again", async () => {
    const node = await plainAlpine();
    node.fake("offers", `iptables 1.8.11-r1 ${mirror}/main\n`);
    node.fake("dead", "http://dead.example.com/apks\n");
    const before = `http://dead.example.com/apks\n${mirror}/main\n`;
    node.write(repositories, before);
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(12);
    expect(run.result.failed[0]).toContain(
      `(apk update failed: http://dead.example.com/apks: temporary error (try again later); apk add kubeadm=~1.36.1 kubelet=~1.36.1 containerd cri-tools iptables cni-plugins kubectl=~1.36.1 failed: unable to select packages: kubeadm (no such package): required by: world[kubeadm=~1.36.1]; ${mirror}/community did not help and was taken out again)`,
    );
    expect(node.read(repositories)).toBe(before);
  });

  test("no mirror answers: code 12, and that is the reason, not a package that is missing", async () => {
    const node = await plainAlpine();
    node.fake("dead", `http://dead.example.com/main\nhttp://dead.example.com/community\n`);
    node.write(repositories, "http://dead.example.com/main\nhttp://dead.example.com/community\n");
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(12);
    expect(run.result.failed[0]).toBe(
      "packages: missing: kubeadm kubelet containerd crictl iptables, CNI plugins bridge host-local loopback portmap (apk update failed: http://dead.example.com/apks: temporary error (try again later); so none of these can be had: kubeadm=~1.36.1 kubelet=~1.36.1 containerd cri-tools iptables cni-plugins kubectl=~1.36.1)",
    );
  });

  test("a community that is there is never added again", async () => {
    const node = await plainAlpine();
    node.fake("offers", "");
    const before = `${mirror}/main/\n${mirror}/community/`;
    node.write(repositories, before);
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(12);
    expect(node.read(repositories)).toBe(before);
    expect(apkCalls(node).filter((call) => call === "apk update")).toHaveLength(1);
  });

  test("main of the node's release decides, not that of another one; tagged ones do not count", async () => {
    const node = await plainAlpine();
    node.fake("tagged");
    const before = `@edge http://edge.example.com/main\nhttp://mirror.example.com/alpine/v3.23/main\n${mirror}/main`;
    node.write(repositories, before);
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(0);
    expect(node.read(repositories)).toBe(`${before}\n${mirror}/community\n`);
  });

  test("apk 3: a list of its own in repositories.d, with components", async () => {
    const node = await plainAlpine();
    node.remove(repositories);
    const list = "/etc/apk/repositories.d/alpine.list";
    node.write(list, `set -default x=y\nv2 ${mirror} main\n`);
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(0);
    expect(node.read(list)).toBe(`set -default x=y\nv2 ${mirror} main\nv2 ${mirror} community\n`);
  });

  test("an apk whose policy says nothing: community is added, and apk add decides", async () => {
    const node = await plainAlpine();
    node.fake("mute-policy");
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(0);
    expect(node.read(repositories)).toContain(`\n${mirror}/community\n`);
  });

  test("a mirror without kubectl: a node without it", async () => {
    const node = await plainAlpine();
    offer(node, [...kubernetes.filter((line) => !line.startsWith("kubectl")), "iptables 1.8.11-r1"], local);
    node.write(repositories, `${local}\n`);
    const run = await node.run("shared", sharedVariables);
    expect(run.code).toBe(0);
    expect(node.has("/fake/bin/kubectl")).toBe(false);
  });
});

test("missing plug-ins alone are a warning when they cannot be had: some networks bring their own", async () => {
  const node = await freshNode();
  node.remove("/usr/libexec/cni/portmap");
  node.remove("/fake/bin/apk");
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(0);
  expect(run.result.warnings).toEqual([
    "packages: missing CNI plugins: portmap; the network add-on has to bring them (there is no apk on this node)",
  ]);
});

test.each(["with", "without"])("a complete node %s kubectl never asks apk, which always fails there", async (how) => {
  const node = await freshNode();
  if (how === "without") node.remove("/fake/bin/kubectl");
  const run = await node.run("shared", sharedVariables);
  expect(run.code).toBe(0);
  expect(node.calls().filter((call) => call.startsWith("apk"))).toEqual([]);
});

test.each([
  ["v1.20.2", "fatal unmet missing: conntrack"],
  ["v1.31.14", "fatal unmet missing: conntrack"],
  ["v1.32.0", "fatal ok every program is there"],
])("kubeadm %s without conntrack: %s", async (version, verdict) => {
  const node = await freshNode();
  node.remove("/fake/bin/conntrack");
  node.fake("version", `${version}\n`);
  const run = await node.run("shared", { ...sharedVariables, AK8S_MODE: "check", AK8S_KUBERNETES_VERSION: version });
  expect(condition(run, "packages")).toBe(verdict);
});
