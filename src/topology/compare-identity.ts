import { AlpineK8sError } from "../errors.js";
import type { ClusterSpec } from "../spec/cluster-spec.js";
import type { Identity } from "./topology.js";

interface Difference {
  readonly what: string;
  readonly cluster: string;
  readonly spec: string;
  readonly remedy: string;
}

/**
 * What the spec says otherwise than the living cluster was made with. A value that the spec leaves out is no
 * difference.
 */
export function identityDifferences(spec: ClusterSpec, identity: Identity): readonly Difference[] {
  const anew = "put the cluster's value back, or make a new cluster in another folder";
  const rows: [string, string | undefined, string | undefined, string][] = [
    ["name", identity.name, spec.name, anew],
    ["domain", identity.domain, spec.domain, anew],
    ["provider", identity.provider, spec.provider, anew],
    ["podSubnet", identity.podSubnet, spec.kubernetes.podSubnet, anew],
    ["serviceSubnet", identity.serviceSubnet, spec.kubernetes.serviceSubnet, anew],
    ["dnsDomain", identity.dnsDomain, spec.kubernetes.dnsDomain, anew],
    [
      "kubernetes.version",
      identity.kubernetesVersion,
      spec.kubernetes.version,
      "put the cluster's version back; up does not upgrade a running cluster",
    ],
    ["vagrant.provider", identity.vagrantProvider, vagrantOnly(spec, spec.vagrant.provider), anew],
    ["vagrant.network", identity.network, vagrantOnly(spec, spec.vagrant.network), anew],
    ["vagrant.box", identity.box, vagrantOnly(spec, spec.vagrant.box), anew],
  ];
  return rows.flatMap(([what, cluster, wanted, remedy]) =>
    cluster === undefined || wanted === undefined || cluster === wanted ? [] : [{ what, cluster, spec: wanted, remedy }],
  );
}

function vagrantOnly(spec: ClusterSpec, value: string | undefined): string | undefined {
  return spec.provider === "vagrant" ? value : undefined;
}

/** Throws `conflict` (exit 2) with every difference: the cluster's value, the spec's value and what to do. */
export function compareWithIdentity(spec: ClusterSpec, identity: Identity): void {
  const differences = identityDifferences(spec, identity);
  if (differences.length === 0) return;
  const lines = differences.map(
    ({ what, cluster, spec: wanted }) => `  ${what}: the cluster has ${cluster}, the spec says ${wanted}`,
  );
  throw new AlpineK8sError(
    "conflict",
    [`the spec contradicts the cluster ${identity.name} that exists:`, ...lines].join("\n"),
    { hints: [...new Set(differences.map(({ remedy }) => remedy))] },
  );
}
