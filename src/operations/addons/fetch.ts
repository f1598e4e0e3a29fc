import { basename, join } from "node:path";
import { fetchedName, releaseFor } from "../../addons/catalogue/release.js";
import { AlpineK8sError } from "../../base/errors.js";
import { makeFolder, readIfExists, writeIfChanged } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import { readIdentity } from "../../engine/read-cluster.js";
import type { RunInput } from "../../engine/run-input.js";
import { DELIVERED_ADDONS } from "../../model/spec/addon-names.js";
import { parseSpec } from "../../model/spec/parse-spec.js";
import { readProxyCa } from "../../pki/proxy-ca.js";
import { demandEntry, newestFor } from "./catalogue-entry.js";

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
    readonly url: string;
    readonly sha256: string;
  }[];
}

/** Downloads the sources of the catalogue's add-ons, verified and as they are. Throws what a download throws. */
export async function fetchAddons({
  target,
  names,
  tools,
  progress,
  signal,
  ...input
}: FetchInput): Promise<AddonsFetched> {
  const { kubernetes, proxyCa } = await versionOf(input);
  const wanted = names.length > 0 ? names : DELIVERED_ADDONS.filter((name) => newestFor(demandEntry(name), kubernetes));
  const releases = wanted.map((name) => ({ name, release: releaseFor(demandEntry(name), kubernetes) }));
  await makeFolder(target);
  const files: AddonsFetched["files"][number][] = [];
  for (const { name, release } of releases) {
    for (const [index, { url, sha256 }] of release.sources.entries()) {
      const file = fetchedName(name, release.version, index + 1);
      progress.info(`fetching ${file}`);
      const ref = { name, manifest: url, sha256 };
      const asked = { ref, kubernetesVersion: kubernetes, folder: input.folder, offline: false, proxyCa, signal };
      const { text } = await tools.manifest(asked);
      await writeIfChanged(join(target, file), text);
      files.push({ addon: name, version: release.version, file, url, sha256 });
    }
  }
  return { folder: target, kubernetesVersion: kubernetes, files };
}

async function versionOf({
  folder,
  kubernetes,
}: Pick<FetchInput, "folder" | "kubernetes">): Promise<{ kubernetes: string; proxyCa: string | undefined }> {
  const { spec: path } = clusterPaths(folder);
  const identity = await readIdentity(folder);
  const folderName = identity?.name ?? basename(folder);
  const spec = parseSpec({ text: await readIfExists(path), source: basename(path), folderName, overrides: {} });
  const known = kubernetes ?? identity?.kubernetesVersion ?? spec.kubernetes.version;
  if (known !== undefined) return { kubernetes: known, proxyCa: await readProxyCa(folder, spec.proxy.ca) };
  throw new AlpineK8sError(
    "usage",
    "there is no cluster in this folder whose Kubernetes version decides the releases",
    {
      hints: ["give it: --kubernetes v1.36.1"],
    },
  );
}
