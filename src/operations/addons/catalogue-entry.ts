import { delivered } from "../../addons/catalogue/delivered.js";
import type { CatalogueEntry } from "../../addons/catalogue/entry.js";
import { releaseFor } from "../../addons/catalogue/release.js";
import { AlpineK8sError } from "../../base/errors.js";
import { DELIVERED_ADDONS } from "../../model/spec/addon-names.js";
import type { AddonRef } from "../../model/spec/cluster-spec.js";
import { nearest } from "../../model/spec/problems.js";

/** The catalogue's entry of a name; throws `usage` with the name that was meant, or with all. */
export function demandEntry(name: string): CatalogueEntry {
  if (DELIVERED_ADDONS.includes(name)) return delivered(name);
  const meant = nearest(name, DELIVERED_ADDONS);
  const offer = meant === undefined ? `there is: ${DELIVERED_ADDONS.join(", ")}` : `did you mean ${meant}?`;
  throw new AlpineK8sError("usage", `no add-on is called ${name}; ${offer}`, {
    hints: ["alpine-k8s addons list", `or bring a manifest: alpine-k8s addons enable ${name} --manifest FILE`],
  });
}

/** The entry that an add-on of a spec is made of; nothing for a manifest of the user's own. */
export function entryOf(ref: Pick<AddonRef, "name" | "manifest">): CatalogueEntry | undefined {
  return ref.manifest === undefined && DELIVERED_ADDONS.includes(ref.name) ? delivered(ref.name) : undefined;
}

/** The newest release for a Kubernetes version; nothing where the catalogue has none. */
export function newestFor(entry: CatalogueEntry, kubernetesVersion: string): string | undefined {
  try {
    return releaseFor(entry, kubernetesVersion).version;
  } catch {
    return undefined;
  }
}

/** What a user should know before this add-on runs, a sentence each. */
export function remarksOn({ name, state, ended, replacement, remarks }: CatalogueEntry): readonly string[] {
  const instead = replacement === undefined ? "" : `; ${replacement} replaces it`;
  const words = {
    maintained: [],
    deprecated: [`${name} is deprecated by its makers${instead}`],
    ended: [`${name} was ended by its makers${ended === undefined ? "" : ` on ${ended}`}${instead}`],
  }[state];
  return [...words, ...remarks.map((remark) => `${name}: ${remark}`)];
}
