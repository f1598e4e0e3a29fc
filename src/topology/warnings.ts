import type { ClusterSpec } from "../spec/cluster-spec.js";
import { overlaps, parseSubnet } from "../spec/ipv4.js";
import type { Topology } from "./topology.js";

/** Networks that Vagrant providers use on the first card of every machine. */
const NAT_NETWORKS: Readonly<Record<string, string>> = {
  virtualbox: "10.0.2.0/24",
  qemu: "10.0.2.0/24",
  libvirt: "192.168.121.0/24",
};

/** What is allowed and still worth a word before anything is made. */
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

function natWarnings(provider: string | undefined, networks: readonly (string | undefined)[]): string[] {
  const nat = NAT_NETWORKS[provider ?? ""] ?? "";
  const subnet = parseSubnet(nat);
  return networks.flatMap((network) => {
    const other = parseSubnet(network ?? "");
    if (subnet === undefined || other === undefined || !overlaps(subnet, other)) return [];
    return [`${network ?? ""} overlaps ${nat}, which ${provider ?? ""} uses on the first card of every machine`];
  });
}
