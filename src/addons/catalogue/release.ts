import { AlpineK8sError } from "../../base/errors.js";
import { isWithin, minorOf } from "../../model/versions/kubernetes.js";
import type { CatalogueEntry, Release } from "./entry.js";

/**
 * The release of an add-on for a Kubernetes version `v1.MINOR.…`; with `version`, that release, whatever the Kubernetes
 * version. Throws `usage` with the releases that there are.
 */
export function releaseFor(
  { name, releases }: Pick<CatalogueEntry, "name" | "releases">,
  kubernetesVersion: string,
  version?: string,
): Release {
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

/**
 * The file in which a source of a release lies when it was fetched: `flannel-v0.28.9-1.yaml`. Sources are counted from 1,
 * in the order of the entry.
 */
export function fetchedName(name: string, version: string, index: number): string {
  return `${name}-${version}-${index}.yaml`;
}
