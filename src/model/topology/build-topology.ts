import { AlpineK8sError } from "../../base/errors.js";
import { addressAddon, addressProblems, givenAddress } from "../spec/addons/shared-address.js";
import { networkProblems } from "../spec/check-networks.js";
import { listedAddress, nodeProblems } from "../spec/check-nodes.js";
import type { ClusterSpec, HostEntry, ListedNode, NodeGroup, Role } from "../spec/cluster-spec.js";
import { virtualAddressOf } from "../spec/layout.js";
import { pathText } from "../spec/problems.js";
import { apiEndpoint } from "./api-endpoint.js";
import type { Identity, PlannedNode, Topology } from "./topology.js";

/** `master1.example.com`: the node's name in Kubernetes and its host name. */
export function fqdnOf(name: string, domain: string): string {
  return `${name}.${domain}`;
}

/**
 * The intended cluster, from spec and identity. Names, domain and network come from the identity. An address follows
 * from the node's name or is in the spec, so nodes keep theirs when others are added or removed. Throws `usage` when
 * the spec does not fit the cluster network, which may not have been known before.
 */
export function buildTopology(spec: ClusterSpec, identity: Identity): Topology {
  assertNetworkFits(spec, identity);
  const nodes = inOrder(plannedNodes(spec, identity));
  const masters = nodes.filter((node) => node.role === "master");
  if (masters.length === 0) {
    throw new AlpineK8sError("usage", `the cluster ${identity.name} has no master`, {
      hints: ["give at least one node role: master"],
    });
  }
  const reserved = identity.network === undefined ? undefined : virtualAddressOf(identity.network);
  const virtualAddress = givenAddress(spec) ?? reserved;
  const shared = addressAddon(spec) === undefined ? undefined : virtualAddress;
  return {
    identity,
    nodes,
    endpoint: apiEndpoint(spec.kubernetes.apiServer.endpoint, masters, shared),
    ...(virtualAddress === undefined ? {} : { virtualAddress }),
  };
}

function assertNetworkFits(spec: ClusterSpec, { network, podSubnet, serviceSubnet }: Identity): void {
  const settled: ClusterSpec = { ...spec, kubernetes: { ...spec.kubernetes, podSubnet, serviceSubnet } };
  const problems = [
    ...networkProblems(settled, network, () => false),
    ...nodeProblems(settled, network, () => false),
    ...addressProblems(settled, network),
  ];
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `${pathText(problem.path)}: ${problem.what}`);
  throw new AlpineK8sError("usage", lines.join("\n"), {
    hints: [
      ...(network === undefined
        ? []
        : [`the cluster network is ${network}; spec.vagrant.network says which one a new cluster gets`]),
      "nothing was changed",
    ],
  });
}

function plannedNodes(spec: ClusterSpec, identity: Identity): readonly PlannedNode[] {
  if (identity.provider === "hosts") return spec.hosts.map((host) => hostNode(host, identity.domain));
  const { list, masters, minions } = spec.nodes;
  if (list.length > 0)
    return list.map((node) => listedNode(node, node.role === "master" ? masters : minions, identity));
  return [...countedNodes("master", masters, identity), ...countedNodes("minion", minions, identity)];
}

function inOrder(nodes: readonly PlannedNode[]): readonly PlannedNode[] {
  return [...nodes.filter((node) => node.role === "master"), ...nodes.filter((node) => node.role === "minion")];
}

function countedNodes(role: Role, group: NodeGroup, identity: Identity): readonly PlannedNode[] {
  return Array.from({ length: group.count }, (_, index) =>
    listedNode({ name: `${role}${index + 1}`, role }, group, identity),
  );
}

function listedNode(node: ListedNode, group: NodeGroup, { network, domain }: Identity): PlannedNode {
  const address = listedAddress(node, network);
  if (address === undefined) {
    throw new AlpineK8sError("usage", `${node.name} has no address in the network ${network ?? "of this cluster"}`, {
      hints: [`give ${node.name} an address in spec.nodes.list`],
    });
  }
  return {
    name: node.name,
    fqdn: fqdnOf(node.name, domain),
    role: node.role,
    address,
    cpus: node.cpus ?? group.cpus,
    memory: node.memory ?? group.memory,
    labels: node.labels ?? group.labels,
    taints: node.taints ?? group.taints,
  };
}

function hostNode(host: HostEntry, domain: string): PlannedNode {
  return {
    name: host.name,
    fqdn: fqdnOf(host.name, domain),
    role: host.role,
    address: host.privateAddress,
    // The size of a machine that exists already is not ours to plan.
    cpus: 0,
    memory: 0,
    labels: host.labels,
    taints: host.taints,
    access: {
      address: host.address,
      port: host.port,
      user: host.user,
      become: host.become,
      ...(host.identityFile === undefined ? {} : { identityFile: host.identityFile }),
      hostKey: host.hostKey,
    },
  };
}
