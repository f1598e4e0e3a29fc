import type { CatalogueEntry } from "../../addons/catalogue/entry.js";
import { releaseFor } from "../../addons/catalogue/release.js";

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
