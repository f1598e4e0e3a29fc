import type { ClusterSpec } from "../spec/cluster-spec.js";
import type { Topology } from "./topology.js";

/**
 * What never goes through the proxy, separated by commas: the nodes, the pods, the services, the endpoint and the
 * user's own entries. Empty without a proxy.
 */
export function noProxyList({ identity, nodes }: Topology, { proxy }: ClusterSpec): string {
  if (proxy.http === "" && proxy.https === "") return "";
  const own = [
    "127.0.0.1",
    "localhost",
    ...(identity.network === undefined ? nodes.map((node) => node.address) : [identity.network]),
    identity.podSubnet,
    identity.serviceSubnet,
    identity.endpointName,
    `.${identity.dnsDomain}`,
    ".svc",
  ];
  return [...new Set([...own, ...proxy.noProxy])].join(",");
}
