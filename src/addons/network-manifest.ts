import { createHash } from "node:crypto";
import { join } from "node:path";
import { ifacePattern, patchCanal, type CanalPatch } from "./canal.js";
import { checkOwnManifest } from "./own-manifest.js";
import { planAddons } from "./plan.js";
import { inWaves } from "./waves.js";
import { API_PORT } from "../model/kubeadm/documents.js";
import { minorOf } from "../model/versions/kubernetes.js";
import type { ClusterPaths } from "../base/paths.js";
import type { AddonRef, ClusterSpec } from "../model/spec/cluster-spec.js";
import type { Topology } from "../model/topology/topology.js";
import type { ReadManifest } from "./addon-manifest.js";

export interface NetworkManifest {
  readonly text: string;
  /** SHA-256 of the text as it is applied, lower-case hex. */
  readonly sha256: string;
  readonly warnings: readonly string[];
}

interface Input {
  readonly paths: ClusterPaths;
  readonly spec: ClusterSpec;
  readonly topology: Topology;
  /** PEM of the CAs of `spec.proxy.ca`; undefined when there are none. */
  readonly proxyCa: string | undefined;
  readonly tools: { readonly manifest: ReadManifest };
  readonly signal: AbortSignal;
}

/**
 * The network manifest as it is applied: verified, patched when it comes from the catalogue, in two waves. Nothing when
 * the spec wants no network.
 */
export async function networkManifest(input: Input, how: { offline: boolean }): Promise<NetworkManifest | undefined> {
  const ref = planAddons(input.spec).network;
  if (!ref) return undefined;
  const { identity } = input.topology;
  const { text: source, source: name } = await input.tools.manifest({
    ref,
    kubernetesVersion: identity.kubernetesVersion,
    folder: input.paths.folder,
    offline: how.offline,
    proxyCa: input.proxyCa,
    signal: input.signal,
  });
  const own = ref.manifest !== undefined;
  const warnings = own ? checkOwnManifest(source, { podSubnet: identity.podSubnet, source: name }) : [];
  const text = inWaves(own ? source : patchCanal(source, patchOf(input.topology)), name);
  return { text, sha256: createHash("sha256").update(text).digest("hex"), warnings };
}

/** Where the network manifest is kept in the folder, for plain Vagrant. */
export function networkManifestFile({ manifests }: Pick<ClusterPaths, "manifests">): string {
  return join(manifests, "network.yaml");
}

/** An add-on besides the network, as it is applied. */
export interface AddonManifest {
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/** The manifests of a spec's add-ons, as far as they were read. */
export interface Manifests {
  /** Nothing when none is wanted, too. */
  readonly network: NetworkManifest | undefined;
  /** Those besides the network, in the spec's order. */
  readonly others: readonly AddonManifest[];
}

/** The manifests of the add-ons besides the network, in the spec's order, verified and unpatched. */
export async function otherManifests(input: Input, how: { offline: boolean }): Promise<readonly AddonManifest[]> {
  const found: AddonManifest[] = [];
  for (const ref of planAddons(input.spec).others) found.push(await otherManifest(input, ref, how));
  return found;
}

/** The manifest of one add-on besides the network. */
export async function otherManifest(input: Input, ref: AddonRef, how: { offline: boolean }): Promise<AddonManifest> {
  const { text } = await input.tools.manifest({
    ref,
    kubernetesVersion: input.topology.identity.kubernetesVersion,
    folder: input.paths.folder,
    offline: how.offline,
    proxyCa: input.proxyCa,
    signal: input.signal,
  });
  return { name: ref.name, text, sha256: createHash("sha256").update(text).digest("hex") };
}

function patchOf(topology: Topology): CanalPatch {
  const { identity, nodes } = topology;
  return {
    podSubnet: identity.podSubnet,
    api: { host: identity.endpointName, port: API_PORT },
    policyVersion: minorOf(identity.kubernetesVersion) < 21 ? "policy/v1beta1" : "policy/v1",
    ifaceRegex: ifacePattern({
      ...(identity.network === undefined ? {} : { network: identity.network }),
      addresses: nodes.map((node) => node.address),
    }),
  };
}
