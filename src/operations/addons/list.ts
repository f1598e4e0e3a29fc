import { basename } from "node:path";
import type { Catalogue } from "../../addons/catalogue/catalogue.js";
import type { CatalogueEntry } from "../../addons/catalogue/entry.js";
import type { Inventory } from "../../addons/inventory/inventory.js";
import { readIfExists } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import { readIdentity, readSpecCatalogue } from "../../engine/read-cluster.js";
import type { RunInput } from "../../engine/run-input.js";
import { addressAddon } from "../../model/spec/addons/shared-address.js";
import type { AddonRef, ClusterSpec } from "../../model/spec/cluster-spec.js";
import { parseSpec } from "../../model/spec/parse-spec.js";
import type { Identity } from "../../model/topology/topology.js";
import { newestFor } from "./catalogue-entry.js";

/** What `addons list` tells; the shape of its `-o json`, documented in docs/json.md. */
export interface AddonsListed {
  readonly cluster: string | null;
  readonly kubernetesVersion: string | null;
  /** Why it is not known what runs; null when it is. */
  readonly unknown: string | null;
  readonly addons: readonly ListedAddon[];
}

/** An add-on of the catalogue, of the spec, or that runs. */
export interface ListedAddon {
  readonly name: string;
  /** What it does; empty for a manifest of the user's own. */
  readonly title: string;
  /** The file of a catalogue of the user's own that has it; null for a delivered one, and for one that no catalogue has. */
  readonly from: string | null;
  readonly state: "maintained" | "deprecated" | "ended" | "own";
  readonly replacement: string | null;
  /** The newest release for the cluster's Kubernetes, or of all when there is no cluster; null when there is none. */
  readonly newest: string | null;
  /** The spec has it. */
  readonly enabled: boolean;
  /** The release that was applied last, empty for a manifest of the user's own; null when none was, or nobody knows. */
  readonly runs: string | null;
  readonly outdated: boolean;
}

/** What there is, what the spec has and what runs. Asks no node, and the API only where it answers from here at once. */
export async function listAddons(input: RunInput): Promise<AddonsListed> {
  const { folder } = input;
  const paths = clusterPaths(folder);
  const identity = await readIdentity(folder);
  const text = await readIfExists(paths.spec);
  const spec = specOf(folder, text, identity);
  const catalogue = await readSpecCatalogue(input, spec);
  const kubernetes = identity?.kubernetesVersion ?? spec.kubernetes.version;
  const known = { cluster: identity?.name ?? null, kubernetesVersion: kubernetes ?? null };
  const running =
    identity === undefined
      ? "there is no cluster in this folder"
      : await (await import("./running.js")).inventoriesOf(input, addressAddon(spec) !== undefined);
  // An empty folder has no cluster that anything is enabled for.
  const refs = identity === undefined && text === undefined ? [] : spec.addons;
  const isUnknown = typeof running === "string";
  const asked = { refs, running: isUnknown ? new Map<string, Inventory>() : running, kubernetes };
  return { ...known, unknown: isUnknown ? running : null, addons: allOf(catalogue, asked) };
}

function specOf(folder: string, text: string | undefined, identity: Identity | undefined): ClusterSpec {
  return parseSpec({
    ...{ text, source: basename(clusterPaths(folder).spec), overrides: {} },
    ...{ folderName: identity?.name ?? basename(folder), kubernetesVersion: identity?.kubernetesVersion },
  });
}

interface Asked {
  readonly refs: readonly AddonRef[];
  readonly running: ReadonlyMap<string, Inventory>;
  readonly kubernetes: string | undefined;
}

function allOf(catalogue: Catalogue, { refs, running, kubernetes }: Asked): readonly ListedAddon[] {
  const names = new Set([...catalogue.names, ...refs.map(({ name }) => name), ...running.keys()]);
  return [...names].map((name) => {
    const ref = refs.find((one) => one.name === name);
    return listed(name, { catalogue, ref, inventory: running.get(name), kubernetes });
  });
}

interface Seen {
  readonly catalogue: Catalogue;
  readonly ref: AddonRef | undefined;
  readonly inventory: Inventory | undefined;
  readonly kubernetes: string | undefined;
}

function listed(name: string, { catalogue, ref, inventory, kubernetes }: Seen): ListedAddon {
  const entry = catalogue.find(name);
  const newest = entry === undefined ? undefined : newestOf(entry, kubernetes);
  const runs = inventory?.version ?? null;
  const isCatalogues = ref?.manifest === undefined && runs !== null && runs !== "";
  return {
    ...{
      name,
      ...aboutOf(entry),
      from: catalogue.placeOf(name) ?? null,
      newest: newest ?? null,
      enabled: ref !== undefined,
      runs,
    },
    outdated: isCatalogues && newest !== undefined && runs !== newest,
  };
}

function aboutOf(entry: CatalogueEntry | undefined): Pick<ListedAddon, "title" | "state" | "replacement"> {
  if (entry === undefined) return { title: "", state: "own", replacement: null };
  return { title: entry.title, state: entry.state, replacement: entry.replacement ?? null };
}

function newestOf(entry: CatalogueEntry, kubernetes: string | undefined): string | undefined {
  return kubernetes === undefined ? entry.releases[0]?.version : newestFor(entry, kubernetes);
}
