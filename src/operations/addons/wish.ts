import { relative } from "node:path";
import { checkAddon } from "../../addons/addon-manifest.js";
import { networkOf } from "../../addons/addon.js";
import { demandEntry, entryOf } from "../../addons/catalogue/catalogue.js";
import type { CatalogueEntry, ParameterValue } from "../../addons/catalogue/entry.js";
import { releaseFor } from "../../addons/catalogue/release.js";
import { planAddons } from "../../addons/plan.js";
import { AlpineK8sError } from "../../base/errors.js";
import type { AddonRef } from "../../model/spec/cluster-spec.js";
import type { ClusterContext } from "../../engine/context.js";
import { newestFor } from "./catalogue-entry.js";

/** What `addons enable` is asked for. */
export interface EnableWish {
  readonly name: string;
  readonly version?: string | undefined;
  /** As typed, `key=value` each. */
  readonly set: readonly string[];
  /** A URL, or an absolute path. */
  readonly manifest?: string | undefined;
  readonly sha256?: string | undefined;
}

type Cluster = Pick<ClusterContext, "spec" | "identity" | "folder" | "catalogue">;

/**
 * The spec's entry as it is to be: what is asked for, and the rest as the spec has it. Throws `usage`, with nothing
 * written, for what cannot be: an unknown name, version or value, a second network, a need that is not met.
 */
export async function enabledRef(cluster: Cluster, wish: EnableWish): Promise<AddonRef> {
  const { name, version, manifest } = wish;
  const before = cluster.spec.addons.find((addon) => addon.name === name);
  const isOwn = manifest !== undefined || (before?.manifest !== undefined && version === undefined);
  const entry = isOwn ? undefined : demandEntry(await cluster.catalogue(), name);
  const kept: AddonRef = before !== undefined && (before.manifest !== undefined) === isOwn ? before : { name };
  const values = { ...kept.values, ...valuesOf(wish.set, entry) };
  const ref: AddonRef = {
    ...(manifest === undefined ? kept : { name, ...ownManifest(cluster.folder, wish) }),
    ...(version === undefined ? {} : { version }),
    ...(Object.keys(values).length === 0 ? {} : { values }),
  };
  await checkRef(cluster, ref);
  return ref;
}

function ownManifest(folder: string, { manifest = "", sha256 }: EnableWish): Partial<AddonRef> {
  return { manifest: inFolder(folder, manifest), ...(sha256 === undefined ? {} : { sha256 }) };
}

/**
 * The spec's entry for another release: `to`, else the newest for the cluster's Kubernetes, which an entry without a version
 * has anyway. Throws `usage` for an add-on that is not enabled or has a manifest of its own.
 */
export async function upgradedRef(cluster: Cluster, name: string, to: string | undefined): Promise<AddonRef> {
  const before = cluster.spec.addons.find((addon) => addon.name === name);
  const catalogue = await cluster.catalogue();
  if (before === undefined) {
    demandEntry(catalogue, name);
    throw new AlpineK8sError("usage", `${name} is not enabled`, { hints: [`alpine-k8s addons enable ${name}`] });
  }
  if (before.manifest !== undefined) {
    throw new AlpineK8sError("usage", `${name} has a manifest of its own, of which the catalogue knows no release`, {
      hints: [`change ${before.manifest}, then: alpine-k8s up`],
    });
  }
  const newest = newestFor(demandEntry(catalogue, name), cluster.identity.kubernetesVersion);
  const version = to ?? (before.version === undefined ? undefined : newest);
  const ref = version === undefined ? before : { ...before, version };
  await checkRef(cluster, ref);
  return ref;
}

/** Refuses what the spec alone does not show to be wrong. */
async function checkRef({ spec, identity, folder, catalogue }: Cluster, ref: AddonRef): Promise<void> {
  const known = await catalogue();
  const entry = entryOf(known, ref);
  await checkAddon(ref, folder, entry);
  if (entry !== undefined) releaseFor(entry, identity.kubernetesVersion, ref.version);
  const network = networkOf(planAddons(spec, known))?.ref.name;
  const isNetwork = known.networks.includes(ref.name);
  if (isNetwork && network !== undefined && network !== ref.name) {
    throw new AlpineK8sError("usage", `${ref.name} is a pod network, and the cluster has ${network}`, {
      hints: [`a cluster has one network; ${network} is replaced with a new cluster`],
    });
  }
  const missing = (entry?.needs ?? []).filter((need) => !spec.addons.some(({ name }) => name === need));
  if (missing.length === 0) return;
  throw new AlpineK8sError("usage", `${ref.name} needs ${missing.join(" and ")}, which the cluster does not have`, {
    hints: missing.map((need) => `alpine-k8s addons enable ${need}`),
  });
}

function valuesOf(set: readonly string[], entry: CatalogueEntry | undefined): Readonly<Record<string, ParameterValue>> {
  return Object.fromEntries(
    set.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) {
        throw new AlpineK8sError("usage", `--set ${text}: is not of the form NAME=VALUE`, {
          hints: ["write it like: --set logLevel=debug"],
        });
      }
      const [key, value] = [text.slice(0, at), text.slice(at + 1)];
      return [key, typed(value, entry?.parameters[key]?.type)];
    }),
  );
}

/** What does not fit the type stays text, which is then refused with the parameter's name. */
function typed(value: string, type: "string" | "integer" | "boolean" | undefined): ParameterValue {
  if (type === "integer" && /^-?\d+$/.test(value)) return Number(value);
  if (type === "boolean" && /^(?:true|false)$/.test(value)) return value === "true";
  return value;
}

/** A file in the cluster's folder is named from there, so that the folder may move. */
function inFolder(folder: string, manifest: string): string {
  if (/^https?:\/\//.test(manifest)) return manifest;
  const path = relative(folder, manifest);
  return path.startsWith("..") ? manifest : path;
}
