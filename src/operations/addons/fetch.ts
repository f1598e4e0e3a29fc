import { basename, join } from "node:path";
import { sumOf } from "../../addons/cached-file.js";
import { demandEntry, type Catalogue } from "../../addons/catalogue/catalogue.js";
import { fetchedName, releaseFor } from "../../addons/catalogue/release.js";
import { AlpineK8sError } from "../../base/errors.js";
import { makeFolder, readIfExists, writeIfChanged } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import { readIdentity, readSpecCatalogue } from "../../engine/read-cluster.js";
import type { RunInput } from "../../engine/run-input.js";
import { parseSpec } from "../../model/spec/parse-spec.js";
import { readProxyCa } from "../../pki/proxy-ca.js";
import { newestFor } from "./catalogue-entry.js";

export interface FetchInput extends RunInput {
  /** Where the files go; made when it is not there. */
  readonly target: string;
  /** None: all of the catalogue that has a release for this Kubernetes. */
  readonly names: readonly string[];
  /** Nothing: the version of the folder's cluster or spec. */
  readonly kubernetes: string | undefined;
}

/** What `addons fetch` did; the shape of its `-o json`, documented in docs/json.md. */
export interface AddonsFetched {
  readonly folder: string;
  readonly kubernetesVersion: string;
  readonly files: readonly {
    readonly addon: string;
    readonly version: string;
    readonly file: string;
    /** Where it is from; `file:PATH` when it lies in a catalogue. */
    readonly url: string;
    readonly sha256: string;
  }[];
}

/** Downloads the sources of the catalogue's add-ons, verified and as they are. Throws what a download throws. */
export async function fetchAddons(input: FetchInput): Promise<AddonsFetched> {
  const { target, names, tools, progress, signal, folder } = input;
  const { kubernetes, proxyCa, catalogue } = await versionOf(input);
  const wanted = names.length > 0 ? names : catalogue.names.filter((name) => hasRelease(catalogue, name, kubernetes));
  const entries = wanted.map((name) => demandEntry(catalogue, name));
  const releases = entries.map((entry) => ({ entry, release: releaseFor(entry, kubernetes) }));
  await makeFolder(target);
  const files: AddonsFetched["files"][number][] = [];
  for (const { entry, release } of releases) {
    const { name } = entry;
    for (const [index, source] of release.sources.entries()) {
      const file = fetchedName(name, release.version, index + 1);
      progress.info(`fetching ${file}`);
      // A release of this source alone; what it gives is one file.
      const one = { ...entry, releases: [{ ...release, sources: [source] }] };
      const asked = { kubernetesVersion: kubernetes, folder, offline: false, proxyCa, signal };
      const { text } = await tools.manifest({ ...asked, ref: { name, version: release.version }, entry: one });
      await writeIfChanged(join(target, file), text);
      const url = "file" in source ? `file:${source.file}` : source.url;
      files.push({ addon: name, version: release.version, file, url, sha256: sumOf(text) });
    }
  }
  return { folder: target, kubernetesVersion: kubernetes, files };
}

function hasRelease(catalogue: Catalogue, name: string, kubernetes: string): boolean {
  return newestFor(demandEntry(catalogue, name), kubernetes) !== undefined;
}

interface Versions {
  readonly kubernetes: string;
  readonly proxyCa: string | undefined;
  readonly catalogue: Catalogue;
}

async function versionOf(input: FetchInput): Promise<Versions> {
  const { folder, kubernetes } = input;
  const { spec: path } = clusterPaths(folder);
  const identity = await readIdentity(folder);
  const folderName = identity?.name ?? basename(folder);
  const spec = parseSpec({ text: await readIfExists(path), source: basename(path), folderName, overrides: {} });
  const known = kubernetes ?? identity?.kubernetesVersion ?? spec.kubernetes.version;
  if (known !== undefined) {
    const proxyCa = await readProxyCa(folder, spec.proxy.ca);
    return { kubernetes: known, proxyCa, catalogue: await readSpecCatalogue(input, spec) };
  }
  throw new AlpineK8sError(
    "usage",
    "there is no cluster in this folder whose Kubernetes version decides the releases",
    {
      hints: ["give it: --kubernetes v1.36.1"],
    },
  );
}
