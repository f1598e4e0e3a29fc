import { AlpineK8sError } from "../base/errors.js";
import type { AddonRef } from "../model/spec/cluster-spec.js";
import { delivered } from "./catalogue/delivered.js";
import type { CatalogueEntry } from "./catalogue/entry.js";

/** An add-on of a spec that needs another one, which the spec does not have. */
export interface UnmetNeed {
  /** Of the add-on in the spec's list. */
  readonly index: number;
  /** In words, with what to add. */
  readonly what: string;
}

/**
 * What the add-ons of a spec need and it does not have, in its order. Manifests of the user's own need nothing, and meet
 * the need for an add-on of their name.
 */
export function unmetNeeds(
  addons: readonly AddonRef[],
  entryOf: (name: string) => Pick<CatalogueEntry, "needs"> = delivered,
): readonly UnmetNeed[] {
  return addons.flatMap(({ name, manifest }, index): UnmetNeed[] => {
    if (manifest !== undefined) return [];
    const missing = entryOf(name).needs.filter((need) => addons.every((other) => other.name !== need));
    if (missing.length === 0) return [];
    return [{ index, what: `${name} needs ${missing.join(" and ")}: add it to spec.addons` }];
  });
}

/** Throws `usage` when {@link unmetNeeds} finds any. */
export function checkNeeds(addons: readonly AddonRef[], entryOf?: Parameters<typeof unmetNeeds>[1]): void {
  const [first] = unmetNeeds(addons, entryOf);
  if (first === undefined) return;
  throw new AlpineK8sError("usage", `spec.addons[${first.index}]: ${first.what}`, {
    hints: ["correct spec.addons in alpine-k8s.yaml"],
  });
}
