import type { ClusterSpec } from "./cluster-spec.js";
import { defaultNetworkOf } from "./defaults.js";
import { formatAddress, overlaps, parseAddress, parseSubnet, sizeOf, type Subnet } from "./ipv4.js";
import { LAYOUT, layoutText } from "./layout.js";
import { isWithin, type Path, type Problem } from "./problems.js";
import { isGroup } from "./shape.js";

const POD: Path = ["spec", "kubernetes", "podSubnet"];
const SERVICE: Path = ["spec", "kubernetes", "serviceSubnet"];
const NETWORK: Path = ["spec", "vagrant", "network"];

/** kubeadm gives every node a /24 of the pod network unless told otherwise, and allows at most 2^16 nodes. */
const NODE_MASK = 24;
/** Bounds of kubeadm's own validation: the tenth address is the DNS service's, and 2^20 services are the most. */
const SERVICE_PREFIX = { min: 12, max: 28 };

interface Named {
  readonly path: Path;
  readonly label: string;
  readonly value: string;
  readonly subnet: Subnet;
}

/**
 * What is wrong with the networks of a spec, each on its own and against the others and the hosts' addresses.
 * `network` is the cluster network once known; before that the one in the spec or the default is looked at.
 */
export function networkProblems(spec: ClusterSpec, network = networkOf(spec)): readonly Problem[] {
  const named = [
    subnet(POD, "the pods' network", spec.kubernetes.podSubnet),
    subnet(SERVICE, "the services' network", spec.kubernetes.serviceSubnet),
    subnet(NETWORK, "the cluster network", network ?? ""),
  ].filter((entry) => entry !== undefined);
  return [
    ...named.flatMap((entry) => sizeProblems(entry, spec)),
    ...overlapProblems(named),
    ...hostProblems(named, spec),
  ];
}

/** CIDR of the cluster network as far as the spec decides it; absent with `provider: hosts`. */
export function networkOf(spec: ClusterSpec): string | undefined {
  if (spec.provider === "hosts") return undefined;
  return spec.vagrant.network ?? defaultNetworkOf(spec.vagrant.provider);
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
        what: `${later.label} ${later.value} overlaps ${earlier.label} ${earlier.value} (${earlier.path.join(".")})`,
      })),
  );
}

function hostProblems(named: readonly Named[], spec: ClusterSpec): Problem[] {
  if (spec.provider !== "hosts") return [];
  const inCluster = named.filter((entry) => !isWithin(entry.path, NETWORK));
  const endpoint = {
    path: ["spec", "kubernetes", "apiServer", "endpoint"],
    address: spec.kubernetes.apiServer.endpoint,
  };
  const hosts = spec.hosts.flatMap((host, index) => [
    { path: ["spec", "hosts", index, "privateAddress"], address: host.privateAddress },
    ...(host.address === host.privateAddress
      ? []
      : [{ path: ["spec", "hosts", index, "address"], address: host.address }]),
  ]);
  return [endpoint, ...hosts].flatMap(({ path, address }) => {
    const value = parseAddress(address);
    if (value === undefined) return [];
    return inCluster
      .filter((entry) => overlaps(entry.subnet, { base: value, prefix: 32 }))
      .map((entry) => ({
        path,
        what: `${formatAddress(value)} lies inside ${entry.label} ${entry.value} (${entry.path.join(".")})`,
      }));
  });
}
