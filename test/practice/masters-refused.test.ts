import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Masters, powerOff } from "./masters.js";
import type { PracticeNode, Ran } from "./support.js";

const NOT_READY = "One or more conditions for hosting a new control plane instance is not satisfied.";

describe("a further master that is refused", () => {
  const cluster = new Masters();
  let one: PracticeNode;
  let node: PracticeNode;
  beforeAll(async () => {
    one = await cluster.first();
    node = await cluster.node();
  }, 60_000);
  afterAll(() => {
    cluster.dispose();
  });
  beforeEach(() => {
    for (const folder of ["etc/kubernetes", "var/lib/etcd"])
      rmSync(join(node.root, folder), { recursive: true, force: true });
    cluster.share(one, node);
  });

  function refused(edit?: (text: string) => string): Promise<Ran> {
    return cluster.join(node, "master2.example.com", true, edit);
  }

  it.each([
    ["ca.crt", "failure loading certificate for CA: couldn't load the certificate file"],
    ["ca.key", "failure loading key for CA: couldn't load the private key file"],
    ["sa.key", "failure loading key for service account: couldn't load the private key file"],
    ["sa.pub", "failure loading key for service account: couldn't load the public key file"],
    ["front-proxy-ca.crt", "failure loading certificate for front-proxy CA: couldn't load the certificate file"],
    ["etcd/ca.key", "failure loading key for etcd CA: couldn't load the private key file"],
  ])("lacks %s", async (file, message) => {
    rmSync(join(node.root, "etc/kubernetes/pki", file));
    const ran = await refused();
    const path = `/etc/kubernetes/pki/${file}`;
    expect(ran.stderr).toContain(`${NOT_READY}\n\n${message} ${path}: open ${path}: no such file or directory\n`);
    expect(ran.stderr).toContain("* The certificates that must be shared among control plane instances are provided.");
    expect(ran.code).toBe(1);
    expect(node.has("etc/kubernetes/manifests/kube-apiserver.yaml")).toBe(false);
  });

  it("lacks all of them", async () => {
    rmSync(join(node.root, "etc/kubernetes/pki"), { recursive: true });
    expect((await refused()).stderr).toContain(`${NOT_READY}\n\n[failure loading certificate for CA: `);
  });

  it("has a key that belongs to another CA", async () => {
    node.write("etc/kubernetes/pki/ca.key", one.read("etc/kubernetes/pki/etcd/ca.key"));
    expect((await refused()).stderr).toContain("private key does not match the certificate");
  });

  it("is no fit machine: leftovers of another control plane, busy ports", async () => {
    node.write("etc/kubernetes/manifests/etcd.yaml", "x");
    node.write("var/lib/etcd/member/x", "x");
    const busy = [2380, 10_257].map((port) => createServer().listen(port + node.shift));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const ran = await refused();
    for (const server of busy) server.close();
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("[ERROR FileAvailable--etc-kubernetes-manifests-etcd.yaml]");
    expect(ran.stderr).toContain("[ERROR DirAvailable--var-lib-etcd]: /var/lib/etcd is not empty");
    for (const port of [2380, 10_257]) expect(ran.stderr).toContain(`[ERROR Port-${String(port + node.shift)}]`);
  });

  it("is too small, which a minion would not be", async () => {
    const info = node.read("proc/cpuinfo");
    node.write("proc/cpuinfo", "processor\t: 0\n");
    const ran = await refused();
    node.write("proc/cpuinfo", info);
    expect(ran.stderr).toContain("[ERROR NumCPU]: the number of available CPUs 1 is less than the required 2");
    expect(ran.code).toBe(2);
  });

  it("asks for certificates from the cluster", async () => {
    const ran = await refused((text) =>
      text.replace("controlPlane:\n", `controlPlane:\n  certificateKey: "${"0".repeat(64)}"\n`),
    );
    expect(ran.stderr).toContain("the practice kubeadm downloads no certificates");
    expect(ran.code).toBe(1);
  });

  it("has an address that is none, or a field that is unknown", async () => {
    const address = await refused((text) => text.replace("advertiseAddress: 127.0.0.1", "advertiseAddress: here"));
    expect(address.stderr).toContain('controlPlane.localAPIEndpoint.advertiseAddress: Invalid value: "here"');
    expect(address.code).toBe(3);
    const field = await refused((text) => text.replace("controlPlane:\n", "controlPlane:\n  address: x\n"));
    expect(field.stderr).toContain('unknown field "controlPlane.address"');
  });

  it("by flags as by a file", async () => {
    rmSync(join(node.root, "etc/kubernetes/pki/sa.pub"));
    const token = (await one.run("kubeadm", ["token", "create", "--print-join-command"])).stdout
      .trim()
      .split(" ")
      .slice(2);
    const flags = [
      "--control-plane",
      "--node-name",
      "master2.example.com",
      "--apiserver-advertise-address",
      "127.0.0.1",
    ];
    const socket = ["--cri-socket", "unix:///run/containerd/containerd.sock"];
    const port = ["--apiserver-bind-port", String(node.apiPort)];
    const ran = await node.run("kubeadm", ["join", ...token, ...flags, ...socket, ...port]);
    expect(ran.stderr).toContain("failure loading key for service account");
  });

  it("comes to a cluster without an endpoint of its own", async () => {
    const get = ["get", "cm", "kubeadm-config", "-n", "kube-system", "-o", "jsonpath={.data.ClusterConfiguration}"];
    const text = (await cluster.ask(one, ...get)).stdout.replace(/^controlPlaneEndpoint: .*\n/m, "");
    const patch = JSON.stringify({ data: { ClusterConfiguration: text } });
    await cluster.ask(one, "patch", "cm", "kubeadm-config", "-n", "kube-system", "--type=merge", "-p", patch);
    expect((await refused()).stderr).toContain(
      "unable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint address",
    );
  });

  it("a reset without an API only warns about the member", async () => {
    powerOff(one);
    const ran = await one.run("kubeadm", ["reset", "--force"]);
    expect(ran.stderr).toContain("[reset] Unable to fetch the kubeadm-config ConfigMap from cluster");
    expect(ran.code).toBe(0);
    expect(one.has("var/lib/etcd/member")).toBe(false);
  });
});
