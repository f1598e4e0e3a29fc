import type { ClusterSpec } from "../spec/cluster-spec.js";
import { overlaps, parseSubnet } from "../spec/ipv4.js";
import type { Topology } from "./topology.js";

/** Networks that Vagrant providers use on the first card of every machine. */
const NAT_NETWORKS: Readonly<Record<string, string>> = {
  virtualbox: "10.0.2.0/24",
  qemu: "10.0.2.0/24",
  libvirt: "192.168.121.0/24",
};

/** Warnings about what is allowed but may cause trouble. */
export function topologyWarnings(topology: Topology, spec: ClusterSpec): readonly string[] {
  const { identity } = topology;
  return [
    ...natWarnings(identity.vagrantProvider, [
      identity.network,
      spec.kubernetes.podSubnet,
      spec.kubernetes.serviceSubnet,
    ]),
  ];
}

/**
 * The warning for an even number of masters (etcd FAQ, "Why an odd number of cluster members?"); undefined for an odd
 * one.
 */
export function evenMasters({ nodes }: Pick<Topology, "nodes">): string | undefined {
  const count = nodes.filter((node) => node.role === "master").length;
  if (count % 2 === 1) return undefined;
  return (
    `${count} masters: etcd needs a majority of them, so the cluster survives the loss of ${spared(count)}; ` +
    `${count + 1} survive the loss of ${spared(count + 1)}`
  );
}

/** How many members of etcd may be lost. */
function spared(members: number): string {
  return ["none", "one", "two", "three"][Math.floor((members - 1) / 2)] ?? "more";
}

function natWarnings(provider: string | undefined, networks: readonly (string | undefined)[]): string[] {
  const nat = NAT_NETWORKS[provider ?? ""] ?? "";
  const subnet = parseSubnet(nat);
  return networks.flatMap((network) => {
    const other = parseSubnet(network ?? "");
    if (subnet === undefined || other === undefined || !overlaps(subnet, other)) return [];
    return [`${network ?? ""} overlaps ${nat}, which ${provider ?? ""} uses on the first card of every machine`];
  });
}
