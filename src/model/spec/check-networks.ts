import type { ClusterSpec } from "./cluster-spec.js";
import { defaultNetworkOf } from "./defaults.js";
import { contains, overlaps, parseAddress, parseSubnet, sizeOf, type Subnet } from "./ipv4.js";
import { LAYOUT, layoutText } from "./layout.js";
import { pathText, type Path, type Problem } from "./problems.js";
import { isGroup } from "./schema.js";

const POD: Path = ["spec", "kubernetes", "podSubnet"];
const SERVICE: Path = ["spec", "kubernetes", "serviceSubnet"];
const NETWORK: Path = ["spec", "vagrant", "network"];

/** kubeadm gives every node a /24 of the pod network unless told otherwise, and allows at most 2^16 nodes. */
const NODE_MASK = 24;
/** Bounds of kubeadm's own validation: the tenth address is the DNS service's, and at most 2^20 services may exist. */
const SERVICE_PREFIX = { min: 12, max: 28 };

interface Named {
  readonly path: Path;
  readonly label: string;
  readonly value: string;
  readonly subnet: Subnet;
}

/** Whether the user wrote the value; false for a default. */
export type Given = (path: Path) => boolean;

/**
 * What is wrong with the networks of a spec: each by itself, compared with the others, and with the hosts' addresses.
 * `network` is the cluster network, or undefined when it is not known yet.
 */
export function networkProblems(spec: ClusterSpec, network: string | undefined, given: Given): readonly Problem[] {
  const named = [
    subnet(POD, "the pods' network", spec.kubernetes.podSubnet),
    subnet(SERVICE, "the services' network", spec.kubernetes.serviceSubnet),
    subnet(NETWORK, "the cluster network", network ?? ""),
  ].filter((entry) => entry !== undefined);
  const ordered = [...named.filter(({ path }) => !given(path)), ...named.filter(({ path }) => given(path))];
  return [
    ...named.flatMap((entry) => sizeProblems(entry, spec)),
    ...overlapProblems(ordered),
    ...addressProblems(named, spec),
  ];
}

/**
 * CIDR of the cluster network if the spec determines it. Undefined with `provider: hosts`, and when the spec names
 * neither the network nor the Vagrant provider, whose default would apply.
 */
export function networkOf({ provider, vagrant }: ClusterSpec): string | undefined {
  if (provider === "hosts") return undefined;
  return vagrant.network ?? (vagrant.provider === undefined ? undefined : defaultNetworkOf(vagrant.provider));
}

function subnet(path: Path, label: string, value: string): Named | undefined {
  const parsed = parseSubnet(value);
  return parsed === undefined ? undefined : { path, label, value, subnet: parsed };
}

function sizeProblems(entry: Named, spec: ClusterSpec): Problem[] {
  const what =
    entry.path === NETWORK
      ? clusterNetworkSize(entry)
      : entry.path === SERVICE
        ? serviceSize(entry)
        : podSize(entry, spec);
  return what === undefined ? [] : [{ path: entry.path, what: `${entry.value} ${what}` }];
}

function clusterNetworkSize({ subnet: { prefix, base } }: Named): string | undefined {
  const { longestPrefix, shortestPrefix } = LAYOUT;
  if (prefix > longestPrefix) {
    const size = sizeOf({ base, prefix });
    return `is too small: it has ${size} addresses and the nodes' places need 256 (${layoutText()}); give a /${longestPrefix}`;
  }
  return prefix < shortestPrefix ? `is too large: give a /${shortestPrefix} to a /${longestPrefix}` : undefined;
}

function serviceSize({ subnet: { prefix } }: Named): string | undefined {
  const { min, max } = SERVICE_PREFIX;
  if (prefix > max) return `is too small: kubeadm wants at least 10 services, a /${max} or larger`;
  return prefix < min ? `is too large: kubeadm takes a /${min} or smaller` : undefined;
}

function podSize({ subnet: { prefix } }: Named, spec: ClusterSpec): string | undefined {
  if (setsNodeMask(spec)) return undefined;
  const nodes = nodeCount(spec);
  const room = 2 ** (NODE_MASK - prefix);
  if (room < nodes) {
    return `is too small for ${nodes} nodes: each gets a /${NODE_MASK} of it, so it has room for ${Math.floor(room)}`;
  }
  return prefix < NODE_MASK - 16 ? `is too large: kubeadm takes a /${NODE_MASK - 16} or smaller` : undefined;
}

function nodeCount({ provider, hosts, nodes }: ClusterSpec): number {
  if (provider === "hosts") return hosts.length;
  return nodes.list.length > 0 ? nodes.list.length : nodes.masters.count + nodes.minions.count;
}

/** True when the user's kubeadm document sets the controller manager's node-cidr-mask-size. */
function setsNodeMask(spec: ClusterSpec): boolean {
  const manager = spec.kubernetes.kubeadm.ClusterConfiguration.controllerManager;
  return isGroup(manager) && JSON.stringify(manager.extraArgs ?? {}).includes('"node-cidr-mask-size');
}

function overlapProblems(named: readonly Named[]): Problem[] {
  return named.flatMap((later, index) =>
    named
      .slice(0, index)
      .filter((earlier) => overlaps(earlier.subnet, later.subnet))
      .map((earlier) => ({
        path: later.path,
        what: `${later.label} ${later.value} overlaps ${earlier.label} ${earlier.value} (${pathText(earlier.path)})`,
      })),
  );
}

/** A machine must not have an address that a pod or a service may get. */
function addressProblems(named: readonly Named[], spec: ClusterSpec): Problem[] {
  const inCluster = named.filter((entry) => entry.path !== NETWORK);
  return machineAddresses(spec).flatMap(({ path, address }) => {
    const value = parseAddress(address);
    if (value === undefined) return [];
    return inCluster
      .filter((entry) => contains(entry.subnet, value))
      .map((entry) => ({
        path,
        what: `${address} lies inside ${entry.label} ${entry.value} (${pathText(entry.path)})`,
      }));
  });
}

function machineAddresses(spec: ClusterSpec): { readonly path: Path; readonly address: string }[] {
  const { endpoint } = spec.kubernetes.apiServer;
  const hosts = spec.provider === "hosts" ? spec.hosts : [];
  return [
    { path: ["spec", "kubernetes", "apiServer", "endpoint"], address: endpoint },
    ...hosts.flatMap((host, index) => {
      const address = { path: ["spec", "hosts", index, "address"], address: host.address };
      if (host.privateAddress === host.address) return [address];
      return [address, { path: ["spec", "hosts", index, "privateAddress"], address: host.privateAddress }];
    }),
  ];
}
