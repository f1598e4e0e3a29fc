import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { addNodes, removeNode } from "../../src/model/spec/edit-spec.js";
import { parseSpec } from "../../src/model/spec/parse-spec.js";
import { buildTopology } from "../../src/model/topology/build-topology.js";
import { sharedAddress } from "../../src/model/topology/api-endpoint.js";
import { resolveIdentity } from "../../src/model/topology/resolve-identity.js";

const HEAD = "apiVersion: alpine-k8s/v1\nkind: Cluster\nmetadata: {name: demo}\n";
const THREE = "nodes: {masters: {count: 3}}";
const HOSTS = `provider: hosts
  hosts:
    - {name: a, role: master, address: 192.0.2.2, privateAddress: 10.0.0.2}
    - {name: b, role: master, address: 192.0.2.3, privateAddress: 10.0.0.3}
    - {name: c, role: master, address: 192.0.2.4, privateAddress: 10.0.0.4}`;

const file = (...lines: readonly string[]) => ({
  ...{ text: `${HEAD}spec:\n${lines.map((line) => `  ${line}\n`).join("")}`, source: "alpine-k8s.yaml" },
  folderName: "demo",
});
const specOf = (...lines: readonly string[]) => parseSpec({ ...file(...lines), overrides: {} });
const names = (...lines: readonly string[]): readonly string[] => specOf(...lines).addons.map(({ name }) => name);

function addressIn(...lines: readonly string[]): string | undefined {
  const spec = specOf(...lines);
  const caHash = `sha256:${"a".repeat(64)}`;
  return sharedAddress(
    buildTopology(spec, resolveIdentity(spec, { caHash, folderId: "01234567", kubernetesVersion: "v1.36.1" })),
  );
}

function problemsOf(...lines: readonly string[]): readonly string[] {
  try {
    specOf(...lines);
    return [];
  } catch (error) {
    if (!(error instanceof AlpineK8sError)) throw error;
    expect(error.kind).toBe("usage");
    return error.message.split("\n").map((line) => line.replace(/^alpine-k8s\.yaml:\d+:\d+: /, ""));
  }
}

describe("one address for several masters", () => {
  it.each([
    ["three masters", [THREE], true],
    [
      "five that are listed",
      [`nodes: {list: [${[1, 2, 3, 4, 5].map((n) => `{name: master${n}, role: master}`).join(", ")}]}`],
      true,
    ],
    ["two masters", ["nodes: {masters: {count: 2}}"], false],
    ["Kubernetes 1.29", [THREE, 'kubernetes: {version: "v1.29.7"}', "vagrant: {box: own/box}"], true],
    ["Kubernetes 1.28", [THREE, 'kubernetes: {version: "v1.28.7"}', "vagrant: {box: own/box}"], false],
    ["a load balancer", [THREE, "kubernetes: {apiServer: {endpoint: 10.250.250.200}}"], false],
    ["containers", [THREE, "vagrant: {provider: docker, image: alpine-node}"], false],
    ["hosts", [HOSTS], false],
    ["add-ons of its own", [THREE, "addons: [canal]"], false],
    ["no network add-on", [THREE, "network: none"], false],
  ])("is a default for %s: %s", (_, lines, has) => {
    expect(names(...lines).includes("kube-vip")).toBe(has);
  });

  it("is .9 of the cluster's network, or the given one", () => {
    expect(addressIn(THREE)).toBe("10.250.250.9");
    expect(addressIn(THREE, "vagrant: {network: 10.9.0.0/24}")).toBe("10.9.0.9");
    expect(addressIn("nodes: {masters: {count: 2}}")).toBeUndefined();
    expect(addressIn(HOSTS, "addons: [canal, {name: kube-vip, values: {address: 10.0.0.9}}]")).toBe("10.0.0.9");
  });

  it("is not meant by a manifest of one's own under its name", () => {
    expect(addressIn(THREE, "addons: [canal, {name: kube-vip, manifest: own.yaml}]")).toBeUndefined();
  });
});

const WITH = (address: string): string => `addons: [canal, {name: kube-vip, values: {address: ${address}}}]`;

describe("it is refused", () => {
  it.each([
    [
      "beside a load balancer",
      ["addons: [canal, kube-vip]", "kubernetes: {apiServer: {endpoint: 10.250.250.200}}"],
      "spec.addons[1]: kube-vip gives the masters one address, and spec.kubernetes.apiServer.endpoint has 10.250.250.200 for them; take one of the two out",
    ],
    [
      "with hosts and no address",
      [HOSTS, "addons: [canal, kube-vip]"],
      "spec.addons[1]: kube-vip needs an address that is free in the masters' network: {name: kube-vip, values: {address: 192.0.2.10}}",
    ],
    [
      "for what is no address",
      [HOSTS, WITH("10.0.0")],
      'spec.addons[1].values.address: "10.0.0" is not an IPv4 address such as 192.0.2.10',
    ],
    ["for a number", [HOSTS, WITH("10")], "spec.addons[1].values.address: must be an IPv4 address such as 192.0.2.10"],
    [
      "for the address of a host",
      [HOSTS, WITH("10.0.0.3")],
      "spec.addons[1].values.address: 10.0.0.3 is the address of b; give one that nobody has",
    ],
    [
      "for a host's address for ssh",
      [HOSTS, WITH("192.0.2.4")],
      "spec.addons[1].values.address: 192.0.2.4 is the address of c; give one that nobody has",
    ],
    [
      "among the pods",
      [HOSTS, WITH("10.244.0.9")],
      "spec.addons[1].values.address: 10.244.0.9 lies inside the pods' network 10.244.0.0/16",
    ],
    [
      "among the services",
      [HOSTS, WITH("10.96.0.9")],
      "spec.addons[1].values.address: 10.96.0.9 lies inside the services' network 10.96.0.0/12",
    ],
    [
      "outside of the cluster's network",
      [WITH("10.0.0.9"), "vagrant: {provider: libvirt}"],
      "spec.addons[1].values.address: 10.0.0.9 is not in the cluster network 10.250.250.0/24; leave it out for 10.250.250.9",
    ],
    [
      "among the minions",
      [WITH("10.250.250.60"), "vagrant: {provider: libvirt}"],
      "spec.addons[1].values.address: 10.250.250.60 is among the addresses of minions (.10 to .199); leave it out for 10.250.250.9",
    ],
    [
      "among the load balancers",
      [WITH("10.250.250.201"), "vagrant: {provider: libvirt}"],
      "spec.addons[1].values.address: 10.250.250.201 is among the addresses of load balancers (.200 to .249); leave it out for 10.250.250.9",
    ],
    [
      "among those that machines without a fixed address get",
      [WITH("10.250.250.253"), "vagrant: {provider: libvirt}"],
      "spec.addons[1].values.address: 10.250.250.253 is among those that machines without a fixed address get (10.250.250.252/30); leave it out for 10.250.250.9",
    ],
    [
      "for a master",
      [WITH("10.250.250.2"), "vagrant: {provider: libvirt}"],
      "spec.addons[1].values.address: 10.250.250.2 is the address of master1; give one that nobody has",
    ],
    [
      "where machines share no network",
      ["addons: [canal, kube-vip]", "vagrant: {provider: qemu}"],
      "spec.addons[0]: kube-vip gives the masters one address, and machines of vagrant-qemu share no network in which an address could move".replace(
        "[0]",
        "[1]",
      ),
    ],
  ])("%s", (_, lines, problem) => {
    expect(problemsOf(...lines)).toContain(problem);
  });

  it("not for the reserved one, and one that nobody has", () => {
    expect(problemsOf(WITH("10.250.250.9"), "vagrant: {provider: libvirt}")).toEqual([]);
    expect(problemsOf(WITH("10.250.250.250"), "vagrant: {provider: libvirt}")).toEqual([]);
    expect(problemsOf(HOSTS, WITH("10.0.0.9"))).toEqual([]);
  });
});

describe("a cluster whose masters change", () => {
  it("keeps its address by name when it has fewer than three", () => {
    const text = removeNode(file(THREE), "master2") ?? "";
    const after = parseSpec({ ...file(THREE), text, overrides: {} });
    expect(after.nodes.list.map(({ name }) => name)).toEqual(["master1", "master3", "minion1", "minion2"]);
    expect(after.addons.map(({ name }) => name)).toEqual(["canal", "metrics-server", "headlamp", "kube-vip"]);
  });

  it("gets one when it grows to three", () => {
    const text = addNodes(file("nodes: {masters: {count: 2}}"), [{ name: "master3", role: "master" }]);
    const after = parseSpec({ ...file(), text, overrides: {} });
    expect(after.nodes.masters.count).toBe(3);
    expect(after.addons.map(({ name }) => name)).toContain("kube-vip");
  });
});
