import { AlpineK8sError } from "../errors.js";
import { listedAddress } from "../spec/check-nodes.js";
import type { ClusterSpec, HostEntry, ListedNode, NodeGroup, Role } from "../spec/cluster-spec.js";
import { addressOf, numberedName, virtualAddressOf } from "../spec/layout.js";
import type { Identity, PlannedNode, Topology } from "./topology.js";

/** `master1.example.com`: the node's name in Kubernetes and its host name. */
export function fqdnOf(name: string, domain: string): string {
  return `${name}.${domain}`;
}

/**
 * The cluster as spec and identity intend it. Names, domain and network come from the identity. An address belongs to
 * a node's name or stands in the spec, so nodes keep theirs when others come and go.
 */
export function buildTopology(spec: ClusterSpec, identity: Identity): Topology {
  const nodes = inOrder(plannedNodes(spec, identity));
  const first = nodes.find((node) => node.role === "master");
  if (first === undefined) {
    throw new AlpineK8sError("usage", `the cluster ${identity.name} has no master`, {
      hints: ["give at least one node role: master"],
    });
  }
  const { endpoint } = spec.kubernetes.apiServer;
  return {
    identity,
    nodes,
    endpointAddress: endpoint === "" ? first.address : endpoint,
    ...(identity.network === undefined ? {} : { virtualAddress: virtualAddressOf(identity.network) }),
  };
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

function listedNode(node: ListedNode, group: NodeGroup, identity: Identity): PlannedNode {
  const address = listedAddress(node, networkOf(identity));
  if (address === undefined) {
    throw new AlpineK8sError("usage", `${node.name} has no address in the network ${networkOf(identity)}`, {
      hints: [`give ${node.name} an address in spec.nodes.list`],
    });
  }
  return {
    name: node.name,
    fqdn: fqdnOf(node.name, identity.domain),
    role: node.role,
    address,
    cpus: node.cpus ?? group.cpus,
    memory: node.memory ?? group.memory,
    labels: node.labels ?? group.labels,
    taints: node.taints ?? group.taints,
  };
}

function networkOf(identity: Identity): string {
  if (identity.network !== undefined) return identity.network;
  throw new AlpineK8sError(
    "usage",
    `the identity of ${identity.name} names no network, and its nodes come from Vagrant`,
    {
      hints: ["restore .alpine-k8s/identity.yaml from a backup"],
    },
  );
}

function hostNode(host: HostEntry, domain: string): PlannedNode {
  return {
    name: host.name,
    fqdn: fqdnOf(host.name, domain),
    role: host.role,
    address: host.privateAddress,
    // What a machine of the user's has is its own affair.
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

/** A machine that exists and is not in the spec, as far as its name and what is known of it tell. */
export interface KnownMachine {
  readonly name: string;
  readonly role?: Role | undefined;
  readonly address?: string | undefined;
  readonly cpus?: number | undefined;
  /** MiB */
  readonly memory?: number | undefined;
}

/**
 * The machine as a node, so that it stays in the rendered Vagrantfile; nothing when its address is not known and
 * does not follow from its name.
 */
export function keptNode(machine: KnownMachine, spec: ClusterSpec, identity: Identity): PlannedNode | undefined {
  const role = machine.role ?? numberedName(machine.name)?.role ?? "minion";
  const address = machine.address ?? addressByName(machine.name, role, identity.network);
  if (address === undefined) return undefined;
  const group = role === "master" ? spec.nodes.masters : spec.nodes.minions;
  const size = { cpus: machine.cpus ?? group.cpus, memory: machine.memory ?? group.memory };
  return {
    name: machine.name,
    fqdn: fqdnOf(machine.name, identity.domain),
    role,
    address,
    ...size,
    labels: {},
    taints: [],
  };
}

function addressByName(name: string, role: Role, network: string | undefined): string | undefined {
  const numbered = numberedName(name);
  if (network === undefined || numbered?.role !== role) return undefined;
  return addressOf(network, role, numbered.number);
}
