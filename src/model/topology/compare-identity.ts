import { AlpineK8sError } from "../../base/errors.js";
import type { ClusterSpec } from "../spec/cluster-spec.js";
import { DEFAULTS } from "../spec/defaults.js";
import { podNetworkIn } from "./pod-network.js";
import type { Identity } from "./topology.js";

/** One value in which spec and living cluster differ. */
export interface Difference {
  /** Its path in the spec: `spec.domain`. */
  readonly key: string;
  readonly cluster: string;
  readonly spec: string;
  readonly remedy: string;
}

/**
 * The values that differ between the spec and the identity that the living cluster was made with. A value that the spec
 * leaves out is no difference, nor is the default box: a newer alpine-k8s may have another one.
 */
export function identityDifferences(spec: ClusterSpec, identity: Identity): readonly Difference[] {
  const rows: [string, string | undefined, string | undefined][] = [
    ["metadata.name", identity.name, spec.name],
    ["spec.domain", identity.domain, spec.domain],
    ["spec.provider", identity.provider, spec.provider],
    ["spec.kubernetes.version", identity.kubernetesVersion, spec.kubernetes.version],
    ["spec.kubernetes.podSubnet", identity.podSubnet, spec.kubernetes.podSubnet],
    ["spec.kubernetes.serviceSubnet", identity.serviceSubnet, spec.kubernetes.serviceSubnet],
    ["spec.kubernetes.dnsDomain", identity.dnsDomain, spec.kubernetes.dnsDomain],
    [NETWORK, identity.podNetwork, podNetworkIn(spec)],
    ...(spec.provider === "vagrant" ? vagrantRows(spec, identity) : []),
  ];
  return rows.flatMap(([key, cluster, wanted]) =>
    cluster === undefined || wanted === undefined || cluster === wanted
      ? []
      : [{ key, cluster, spec: wanted, remedy: remedyFor(key, cluster) }],
  );
}

function vagrantRows({ vagrant }: ClusterSpec, identity: Identity): [string, string | undefined, string | undefined][] {
  return [
    ["spec.vagrant.provider", identity.vagrantProvider, vagrant.provider],
    ["spec.vagrant.network", identity.network, vagrant.network],
    ["spec.vagrant.image", identity.image, vagrant.image],
    ["spec.vagrant.box", identity.box, vagrant.box === DEFAULTS.box ? undefined : vagrant.box],
  ];
}

/** Where a spec has its pod network. */
const NETWORK = "the pod network in spec.addons";

function remedyFor(key: string, cluster: string): string {
  if (key === NETWORK) {
    return `put ${cluster} back into spec.addons, in the place of another network: pods and nodes keep what their network has given them, so none replaces it`;
  }
  const value = key === "spec.kubernetes.version" ? JSON.stringify(cluster) : cluster;
  return `put the cluster's value back: ${key}: ${value}${key === "spec.kubernetes.version" ? "  (up does not upgrade)" : ""}`;
}

/** Throws `conflict` (exit 2) with every difference: the cluster's value, the spec's value and what to do. */
export function compareWithIdentity(spec: ClusterSpec, identity: Identity): void {
  const differences = identityDifferences(spec, identity);
  if (differences.length === 0) return;
  const lines = differences.map(
    ({ key, cluster, spec: wanted }) => `  ${key}: the cluster has ${cluster}, the spec says ${wanted}`,
  );
  throw new AlpineK8sError(
    "conflict",
    [`the spec contradicts the cluster ${identity.name} that exists:`, ...lines].join("\n"),
    {
      hints: [
        ...differences.map(({ remedy }) => remedy),
        "or make a new cluster with the new values: in another folder, or here after: alpine-k8s destroy",
      ],
    },
  );
}
