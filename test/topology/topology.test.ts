import { describe, expect, it } from "vitest";
import { endpointAddresses } from "../../src/model/topology/api-endpoint.js";
import { buildTopology } from "../../src/model/topology/build-topology.js";
import { versionInBoxName } from "../../src/model/topology/resolve-identity.js";
import { topologyWarnings } from "../../src/model/topology/warnings.js";
import { CA_HASH, identityOf, specOf } from "./made.js";

const HOSTS = `
provider: hosts
hosts:
  - {name: w1, role: minion, address: gate.example.com, port: 2201, privateAddress: 10.0.0.12, user: alpine, become: doas}
  - {name: m1, role: master, address: 203.0.113.7, privateAddress: 10.0.0.11, identityFile: ~/.ssh/id}
`;

function addresses(text: string): string[] {
  const spec = specOf(text);
  return buildTopology(spec, identityOf(spec)).nodes.map((node) => `${node.fqdn} ${node.role} ${node.address}`);
}

describe("resolveIdentity", () => {
  it("settles everything of a cluster by default", () => {
    const spec = specOf();
    expect(identityOf(spec, { vagrantProvider: "libvirt" })).toEqual({
      name: "demo",
      domain: "example.com",
      provider: "vagrant",
      vagrantProvider: "libvirt",
      box: "alpine-3.24-containerd-kubernetes-v1.36.1",
      network: "10.250.250.0/24",
      kubernetesVersion: "v1.36.1",
      podSubnet: "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/12",
      dnsDomain: "cluster.local",
      podNetwork: "canal",
      endpointName: "api.demo.example.com",
      caHash: CA_HASH,
      folderId: "0a1b2c3d",
    });
  });

  it.each<[string, string, string | undefined]>([
    ["the found provider's", "", "192.168.56.0/24"],
    ["the spec's provider's before the found one's", "vagrant: {provider: libvirt}", "10.250.250.0/24"],
    ["the spec's", "vagrant: {network: 10.9.0.0/20}", "10.9.0.0/20"],
    ["none with hosts", HOSTS, undefined],
  ])("takes the network: %s", (_name, text, network) => {
    const found = { vagrantProvider: "virtualbox", kubernetesVersion: "v1.36.1" } as const;
    expect(identityOf(specOf(text), found).network).toBe(network);
  });

  it("has the box that was found by what is in it, its catalogue, and its version whatever its name", () => {
    const found = { box: "x-kubernetes-v1.35.0", boxCatalog: "https://b/a.json", kubernetesVersion: "v1.36.1" };
    expect(identityOf(specOf(), found)).toMatchObject(found);
    const version = 'kubernetes: {version: "v1.35.2"}';
    expect(identityOf(specOf(version), { ...found, kubernetesVersion: "v1.35.2" }).kubernetesVersion).toBe("v1.35.2");
    expect(identityOf(specOf(HOSTS), { ...found, kubernetesVersion: "v1.36.1" })).not.toHaveProperty("box");
  });

  it.each<[string, string, string | undefined, string]>([
    ["the spec's", 'kubernetes: {version: "v1.30.1"}', "v1.29.0", "v1.30.1"],
    ["the box's", "vagrant: {box: me/x-kubernetes-v1.35.2+vendor}", "v1.29.0", "v1.35.2+vendor"],
    ["the found one", "vagrant: {box: plain}", "v1.29.0", "v1.29.0"],
    ["the found one with hosts", HOSTS, "v1.28.7", "v1.28.7"],
  ])("takes the version: %s", (_name, text, found, version) => {
    expect(identityOf(specOf(text), { kubernetesVersion: found }).kubernetesVersion).toBe(version);
  });

  it.each<[string, string, string | undefined, string]>([
    [
      "a box without a version",
      "vagrant: {box: plain}",
      undefined,
      "which Kubernetes? Neither the spec nor the name of the box plain tells the version",
    ],
    [
      "an image without a version",
      "vagrant: {provider: docker, image: alpine-node:3.24}",
      undefined,
      "which Kubernetes? Neither the spec nor the image alpine-node:3.24 tells the version",
    ],
    [
      "hosts without a version",
      HOSTS,
      undefined,
      "which Kubernetes? Neither the spec nor the first host tells the version",
    ],
    [
      "a box that is too old",
      "vagrant: {box: dmcc-kubernetes-v1.4.4}",
      undefined,
      'the Kubernetes version "v1.4.4" is not supported: Kubernetes 1.20 to 1.37 are',
    ],
    [
      "an odd host",
      HOSTS,
      "v1.36.1; reboot",
      'the Kubernetes version "v1.36.1; reboot" is not a version of the form vX.Y.Z',
    ],
  ])("refuses %s", (_name, text, found, message) => {
    expect(() => identityOf(specOf(text), { kubernetesVersion: found })).toThrow(message);
  });

  it.each<[string, string | undefined]>([
    ["alpine-3.24-containerd-kubernetes-v1.36.1", "v1.36.1"],
    ["practice-kubernetes-v1.36.1+vendor", "v1.36.1+vendor"],
    ["a/b-kubernetes-v1.37.0-rc.1", "v1.37.0-rc.1"],
    ["registry.test:5000/alpine-node:kubernetes-v1.36.1", "v1.36.1"],
    ["kubernetes-v1.36", undefined],
    ["alpine-v3.20.1", undefined],
  ])("reads %s as %s", (box, version) => expect(versionInBoxName(box)).toBe(version));
});

describe("buildTopology", () => {
  it("plans a master and two minions by default", () => {
    const spec = specOf();
    const topology = buildTopology(spec, identityOf(spec));
    expect(topology.nodes).toHaveLength(3);
    expect(topology.nodes[0]).toEqual({
      name: "master1",
      fqdn: "master1.example.com",
      role: "master",
      address: "10.250.250.2",
      cpus: 2,
      memory: 2048,
      labels: {},
      taints: [],
    });
    expect(topology.endpoint).toEqual({ kind: "masters", addresses: ["10.250.250.2"] });
    expect(topology.virtualAddress).toBe("10.250.250.9");
  });

  it("counts from the network's first address, whatever its size", () => {
    expect(addresses("vagrant: {network: 172.20.0.0/16}\nnodes: {minions: {count: 2}}")).toEqual([
      "master1.example.com master 172.20.0.2",
      "minion1.example.com minion 172.20.0.10",
      "minion2.example.com minion 172.20.0.11",
    ]);
  });

  it("keeps names and addresses of the others when minion1 goes", () => {
    const all =
      "nodes: {list: [{name: minion1, role: minion}, {name: minion2, role: minion}, {name: master1, role: master}]}";
    const less = "nodes: {list: [{name: minion2, role: minion}, {name: master1, role: master}]}";
    expect(addresses(all)).toEqual(addresses("nodes: {minions: {count: 2}}"));
    expect(addresses(less)).toEqual(addresses(all).filter((line) => !line.startsWith("minion1.")));
  });

  it("honours the list's own values and takes the rest from the group", () => {
    const spec = specOf(`
vagrant: {network: 10.250.250.0/24}
nodes:
  minions: {cpus: 3, memory: 1024, labels: {a: b}, taints: [{key: t, effect: NoExecute}]}
  list:
    - {name: master1, role: master}
    - {name: big, role: minion, address: 10.250.250.60, memory: 4096, labels: {}}
`);
    const [, big] = buildTopology(spec, identityOf(spec)).nodes;
    expect(big).toEqual({
      name: "big",
      fqdn: "big.example.com",
      role: "minion",
      address: "10.250.250.60",
      cpus: 3,
      memory: 4096,
      labels: {},
      taints: [{ key: "t", value: "", effect: "NoExecute" }],
    });
  });

  it("takes hosts as they are, masters first", () => {
    const spec = specOf(HOSTS);
    const topology = buildTopology(spec, identityOf(spec, { kubernetesVersion: "v1.28.7" }));
    expect(topology.nodes.map(({ name, address, access }) => ({ name, address, access }))).toEqual([
      {
        name: "m1",
        address: "10.0.0.11",
        access: {
          address: "203.0.113.7",
          port: 22,
          user: "root",
          become: "auto",
          identityFile: "~/.ssh/id",
          hostKey: "",
        },
      },
      {
        name: "w1",
        address: "10.0.0.12",
        access: { address: "gate.example.com", port: 2201, user: "alpine", become: "doas", hostKey: "" },
      },
    ]);
    expect(topology.endpoint).toEqual({ kind: "masters", addresses: ["10.0.0.11"] });
    expect(topology).not.toHaveProperty("virtualAddress");
  });

  it("lets the endpoint be every master, in order", () => {
    const spec = specOf("nodes: {masters: {count: 3}}");
    const { endpoint } = buildTopology(spec, identityOf(spec));
    const addresses = ["10.250.250.2", "10.250.250.3", "10.250.250.4"];
    expect(endpoint).toEqual({ kind: "masters", addresses, shared: "10.250.250.9" });
    expect(endpointAddresses(endpoint)).toEqual(addresses);
  });

  it("lets two masters have only their own addresses", () => {
    const spec = specOf("nodes: {masters: {count: 2}}");
    const addresses = ["10.250.250.2", "10.250.250.3"];
    expect(buildTopology(spec, identityOf(spec)).endpoint).toEqual({ kind: "masters", addresses });
  });

  it("lets the endpoint be a load balancer", () => {
    const spec = specOf("kubernetes: {apiServer: {endpoint: 10.250.250.200}}");
    const { endpoint } = buildTopology(spec, identityOf(spec));
    expect(endpoint).toEqual({ kind: "address", address: "10.250.250.200" });
    expect(endpointAddresses(endpoint)).toEqual(["10.250.250.200"]);
  });

  it.each<[string, string, string]>([
    [
      "a pod network over the provider's default",
      "kubernetes: {podSubnet: 192.168.0.0/16}",
      "spec.vagrant.network: the cluster network 192.168.56.0/24 overlaps the pods' network 192.168.0.0/16 (spec.kubernetes.podSubnet)",
    ],
    [
      "a listed address outside it",
      "nodes: {list: [{name: m, role: master, address: 10.250.250.20}]}",
      "spec.nodes.list[0].address: 10.250.250.20 is not in the cluster network 192.168.56.0/24",
    ],
  ])("refuses, once the network is known, %s", (_name, text, message) => {
    const spec = specOf(text);
    expect(() => buildTopology(spec, identityOf(spec, { vagrantProvider: "virtualbox" }))).toThrow(message);
  });
});

describe("topologyWarnings", () => {
  it.each<[string, string, string[]]>([
    ["nothing by default", "", []],
    [
      "a NAT network",
      "vagrant: {provider: libvirt, network: 192.168.121.0/24}",
      ["192.168.121.0/24 overlaps 192.168.121.0/24, which libvirt uses on the first card of every machine"],
    ],
  ])("say about %s", (_name, text, expected) => {
    const spec = specOf(text);
    expect(topologyWarnings(buildTopology(spec, identityOf(spec)), spec)).toEqual(expected);
  });
});
