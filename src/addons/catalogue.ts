import { AlpineK8sError } from "../base/errors.js";
import type { Topology } from "../model/topology/topology.js";
import type { CanalRelease } from "../model/versions/facts.js";
import { isWithin, minorOf } from "../model/versions/kubernetes.js";
import { CANAL } from "../model/versions/table.js";
import { fitCanal } from "./canal.js";

/** A manifest pinned by its checksum. */
export interface PinnedManifest {
  readonly version: string;
  readonly url: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

interface Release extends PinnedManifest {
  /** First and last minor version of Kubernetes 1.x for which this release is chosen. */
  readonly minors: readonly [number, number];
}

/** What is special about an add-on that is delivered. */
export interface CatalogueEntry {
  /** Newest first. */
  readonly releases: readonly Release[];
  /** Fits the manifest of a release to a cluster. Throws `node` when it does not find in it what it changes. */
  readonly fit: (text: string, topology: Topology) => string;
}

const canal = (release: CanalRelease): Release => ({
  ...release,
  url: `https://raw.githubusercontent.com/projectcalico/calico/${release.version}/manifests/canal.yaml`,
});

/** Every add-on that is delivered. A new one needs an entry here, and its name in src/model/spec/addon-names.ts. */
export const CATALOGUE: Readonly<Record<string, CatalogueEntry>> = {
  canal: { releases: CANAL.map(canal), fit: fitCanal },
};

const NONE: CatalogueEntry = { releases: [], fit: (text) => text };

/** The entry of a name; one without releases where there is none. */
export function catalogued(name: string): CatalogueEntry {
  return CATALOGUE[name] ?? NONE;
}

/**
 * The add-on's manifest for a Kubernetes version `v1.MINOR.…`; with `version`, that release of the add-on, whatever the
 * Kubernetes version. Throws `usage` with the releases that there are.
 */
export function catalogueManifest(name: string, kubernetesVersion: string, version?: string): PinnedManifest {
  const { releases } = catalogued(name);
  const minor = minorOf(kubernetesVersion);
  const found = releases.find((release) =>
    version === undefined ? isWithin(minor, release.minors) : release.version === version,
  );
  if (found) return found;
  const what = version === undefined ? `${name} for Kubernetes ${kubernetesVersion}` : `${name} ${version}`;
  const offer = releases.map((one) => `${one.version} (1.${one.minors.join(" to 1.")})`).join(", ");
  throw new AlpineK8sError("usage", `the catalogue has no ${what}; it has ${offer === "" ? "none" : offer}`, {
    hints: [
      ...(version === undefined ? [] : ["leave the version out of spec.addons"]),
      `give a manifest of your own: spec.addons: [{name: ${name}, manifest: FILE}]`,
    ],
  });
}
