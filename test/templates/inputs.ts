import type { ClusterSpec, VagrantProviderName } from "../../src/model/spec/cluster-spec.js";
import { apiEndpoint } from "../../src/model/topology/api-endpoint.js";
import type { PlannedNode, Topology } from "../../src/model/topology/topology.js";
import { packageTemplates, type TemplateSource } from "../../src/templates/package-files.js";

const shape = { cpus: 2, memory: 2048, labels: {}, taints: [] };

function node(name: string, address: string): PlannedNode {
  const role = name.startsWith("master") ? "master" : "minion";
  return { ...shape, name, fqdn: `${name}.example.com`, role, address };
}

/** One master and two minions on the given Vagrant provider. */
export function topologyOn(vagrantProvider: VagrantProviderName): Topology {
  return {
    identity: {
      name: "demo",
      domain: "example.com",
      provider: "vagrant",
      vagrantProvider,
      network: "10.250.250.0/24",
      ...(vagrantProvider === "docker"
        ? { image: "registry.example.com/alpine-node:kubernetes-v1.36.1" }
        : { box: "alpine-3.24-containerd-kubernetes-v1.36.1" }),
      kubernetesVersion: "v1.36.1",
      podSubnet: "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/12",
      dnsDomain: "cluster.local",
      endpointName: "api.demo.example.com",
      caHash: `sha256:${"ab".repeat(32)}`,
      folderId: "0123abcd",
    },
    nodes: [
      node("master1", "10.250.250.2"),
      node("minion1", "10.250.250.10"),
      { ...node("minion2", "10.250.250.11"), memory: 4096 },
    ],
    endpoint: { kind: "masters", addresses: ["10.250.250.2"] },
    virtualAddress: "10.250.250.9",
  };
}

/** Three masters and two minions on the given Vagrant provider. */
export function threeMastersOn(vagrantProvider: VagrantProviderName): Topology {
  const topology = topologyOn(vagrantProvider);
  const [first, ...minions] = topology.nodes;
  if (first === undefined) throw new Error("the test's topology has no node");
  const masters = [first, node("master2", "10.250.250.3"), node("master3", "10.250.250.4")];
  return { ...topology, nodes: [...masters, ...minions], endpoint: apiEndpoint("", masters) };
}

/** A validated spec with nothing but defaults. */
export const plainSpec: ClusterSpec = {
  name: "demo",
  domain: "example.com",
  kubernetes: {
    podSubnet: "10.244.0.0/16",
    serviceSubnet: "10.96.0.0/12",
    dnsDomain: "cluster.local",
    apiServer: { endpoint: "", certSANs: [] },
    ignorePreflightErrors: [],
    kubeadm: {
      InitConfiguration: {},
      ClusterConfiguration: {},
      JoinConfiguration: {},
      KubeletConfiguration: {},
      KubeProxyConfiguration: {},
    },
  },
  provider: "vagrant",
  vagrant: { box: "alpine-3.24-containerd-kubernetes-v1.36.1", boxUrl: "", boxSha256: "" },
  nodes: { masters: { ...shape, count: 1 }, minions: { ...shape, count: 2 }, list: [] },
  hosts: [],
  images: { repository: "" },
  proxy: { http: "", https: "", ca: "", noProxy: [] },
  kubectl: { mirror: "" },
  network: "default",
  addons: [],
  catalogues: [],
};

/**
 * The real Vagrantfile.hbs with fake scripts and a fixed version, so that golden files change only with the template.
 */
export const testTemplates: TemplateSource = {
  version: "0.0.0",
  read: (path) =>
    path.startsWith("templates/node/") ? `#!/bin/sh\nset -eu\necho ${path}\n` : packageTemplates().read(path),
};
