import { createHash } from "node:crypto";
import { join } from "node:path";
import { demandEntry, type Catalogue } from "./catalogue/catalogue.js";
import { fitToCluster } from "./catalogue/fit.js";
import { releaseFor } from "./catalogue/release.js";
import { checkOwnManifest } from "./own-manifest.js";
import type { PlannedAddon } from "./plan.js";
import { inWaves } from "./waves.js";
import { withProtocolsIn } from "./protocols.js";
import type { ClusterPaths } from "../base/paths.js";
import { minorOf } from "../model/versions/kubernetes.js";
import type { Topology } from "../model/topology/topology.js";
import type { ReadManifest } from "./addon-manifest.js";

/** An add-on as it is applied; the pod network is one of them. */
export interface Addon {
  readonly name: string;
  readonly isNetwork: boolean;
  readonly text: string;
  /** SHA-256 of the text, lower-case hex. */
  readonly sha256: string;
  readonly warnings: readonly string[];
  /** The release of the catalogue's; absent for a manifest of the user's own. */
  readonly version?: string;
}

interface Input {
  readonly paths: Pick<ClusterPaths, "folder">;
  readonly topology: Topology;
  readonly catalogue: () => Promise<Catalogue>;
  /** PEM of the CAs of `spec.proxy.ca`; undefined when there are none. */
  readonly proxyCa: string | undefined;
  readonly tools: { readonly manifest: ReadManifest };
  readonly signal: AbortSignal;
}

/**
 * Makes an add-on of a spec's entry: its manifest verified, the catalogue's fitted to the cluster, one of the user's own
 * as it is, the network's in two waves. Throws what reading the manifest throws, `usage` for a network that is no
 * manifest, and `node` when the catalogue's cannot be fitted.
 */
export async function readAddon(
  { paths, topology, catalogue, proxyCa, tools, signal }: Input,
  { ref, isNetwork }: PlannedAddon,
  { offline }: { readonly offline: boolean },
): Promise<Addon> {
  const { kubernetesVersion, podSubnet } = topology.identity;
  const isOwn = ref.manifest !== undefined;
  const entry = isOwn ? undefined : demandEntry(await catalogue(), ref.name);
  const asked = { ref, entry, kubernetesVersion, folder: paths.folder, offline, proxyCa, signal };
  const { text: verified, source } = await tools.manifest(asked);
  const warnings = isOwn && isNetwork ? checkOwnManifest(verified, { podSubnet, source }) : [];
  const version = entry && releaseFor(entry, kubernetesVersion, ref.version).version;
  const fitted =
    entry === undefined || version === undefined
      ? verified
      : fitToCluster(verified, entry, { topology, version, values: ref.values });
  const taken = minorOf(kubernetesVersion) > 20 ? fitted : withProtocolsIn(fitted, source);
  const text = isNetwork ? inWaves(taken, source) : taken;
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { name: ref.name, isNetwork, text, sha256, warnings, ...(version === undefined ? {} : { version }) };
}

/** The network among add-ons; nothing when it is not there, or none were read. */
export function networkOf<T extends Pick<Addon, "isNetwork">>(addons: readonly T[] = []): T | undefined {
  return addons.find(({ isNetwork }) => isNetwork);
}

/** Where the network manifest is kept in the folder, for plain Vagrant. */
export function networkManifestFile({ manifests }: Pick<ClusterPaths, "manifests">): string {
  return join(manifests, "network.yaml");
}

/** What is kept in the folder for plain Vagrant: the network's manifest, and in one file those of the other add-ons. */
export function keptManifests(
  addons: readonly Addon[],
  paths: Pick<ClusterPaths, "manifests">,
): readonly KeptManifest[] {
  const others = addons.filter(({ isNetwork }) => !isNetwork).map(({ text }) => text.replace(/\n*$/, "\n"));
  return [
    { name: "network.yaml", path: networkManifestFile(paths), text: networkOf(addons)?.text },
    {
      ...{ name: "addons.yaml", path: join(paths.manifests, "addons.yaml") },
      text: others.length === 0 ? undefined : others.join("---\n"),
    },
  ];
}

/** A file of the folder; without a text there is to be none. */
export interface KeptManifest {
  readonly name: "network.yaml" | "addons.yaml";
  readonly path: string;
  readonly text: string | undefined;
}
