import { stringify } from "yaml";
import { API_PORT } from "../../model/kubeadm/documents.js";
import type { Identity, PlannedNode } from "../../model/topology/topology.js";
import { minorOf } from "../../model/versions/kubernetes.js";
import { KUBERNETES_YAML } from "../documents.js";
import { ifacePattern } from "../iface-pattern.js";
import type { CatalogueEntry } from "./entry.js";
import { fill, type Known } from "./fill.js";
import { patchManifest } from "./patch-manifest.js";
import { valuesFor } from "./values.js";

/** What of a cluster an entry may name; a topology has all of it. */
export interface NamedCluster {
  readonly identity: Pick<
    Identity,
    "name" | "network" | "podSubnet" | "serviceSubnet" | "dnsDomain" | "endpointName" | "kubernetesVersion"
  >;
  readonly nodes: readonly Pick<PlannedNode, "address">[];
}

/**
 * Fits the manifest of a release to a cluster: the entry's patches are made and its own objects added. Throws `node` when
 * the manifest is not as the entry says, and `usage` for values that do not fit the entry's parameters.
 */
export function fitToCluster(text: string, entry: CatalogueEntry, { topology, values, version }: Fitting): string {
  const known = placesOf(entry, { topology, values, version });
  const minor = minorOf(topology.identity.kubernetesVersion);
  const patched = patchManifest(text, entry.patches, {
    known,
    minor,
    what: `the manifest of ${entry.name} ${version}`,
  });
  const own = entry.objects.map(
    (object) => `---\n${stringify(fill(object, known), { ...KUBERNETES_YAML, lineWidth: 0 })}`,
  );
  return [patched, ...own].join("");
}

/** What a manifest is fitted to. */
export interface Fitting {
  readonly topology: NamedCluster;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  readonly version: string;
}

/** What an entry may name. Throws `usage` for values that do not fit the entry's parameters. */
export function placesOf(entry: CatalogueEntry, { topology, values, version }: Fitting): Known {
  return { ...ofCluster(topology), ...ofValues(valuesFor(entry, values)), version };
}

/** What entries may name of the cluster, all as text. docs/addons/catalogue.md lists them. */
function ofCluster({ identity, nodes }: NamedCluster): Known {
  const { name, network, podSubnet, serviceSubnet, dnsDomain, endpointName, kubernetesVersion } = identity;
  const addresses = nodes.map((node) => node.address);
  return {
    "cluster.name": name,
    "cluster.kubernetesVersion": kubernetesVersion,
    "cluster.podSubnet": podSubnet,
    "cluster.serviceSubnet": serviceSubnet,
    "cluster.dnsDomain": dnsDomain,
    "cluster.apiHost": endpointName,
    "cluster.apiPort": String(API_PORT),
    "cluster.interfaces": ifacePattern({ ...(network === undefined ? {} : { network }), addresses }),
  };
}

function ofValues(values: Known): Known {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`values.${name}`, value]));
}
