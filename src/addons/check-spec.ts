import { AlpineK8sError, messageOf } from "../base/errors.js";
import type { AddonRef, ClusterSpec } from "../model/spec/cluster-spec.js";
import type { Path } from "../model/spec/problems.js";
import { pathText } from "../model/spec/problems.js";
import { noSuchAddon, type Catalogue } from "./catalogue/catalogue.js";
import type { CatalogueEntry } from "./catalogue/entry.js";
import { valuesFor } from "./catalogue/values.js";

/** What is wrong with an add-on of a spec, and where it stands in the spec. */
export interface AddonProblem {
  readonly path: Path;
  /** In words, with what to do. */
  readonly what: string;
}

const ADDONS: Path = ["spec", "addons"];

/**
 * What of a spec's add-ons does not go with its catalogue: names and versions that it does not have, values that an entry does
 * not take, needs that are not met, two networks or none. The spec's own check has looked at all that needs no catalogue of one's own.
 */
export function problemsWith(
  { network, addons }: Pick<ClusterSpec, "network" | "addons">,
  catalogue: Catalogue,
): readonly AddonProblem[] {
  const unknown = addons.flatMap(({ name, manifest }, index): AddonProblem[] => {
    if (manifest !== undefined || catalogue.names.includes(name)) return [];
    return [{ path: [...ADDONS, index], what: noSuchAddon(catalogue, name) }];
  });
  if (unknown.length > 0) return unknown;
  return [
    ...addons.flatMap((ref, index) => versionProblems(ref, index, catalogue)),
    ...addons.flatMap((ref, index) => valueProblems(ref, index, catalogue)),
    ...unmetNeeds(addons, catalogue.find),
    ...networkProblems(network, addons, catalogue),
  ];
}

/** Throws `usage` with all that {@link problemsWith} finds. */
export function checkWithCatalogue(spec: Pick<ClusterSpec, "network" | "addons">, catalogue: Catalogue): void {
  const problems = problemsWith(spec, catalogue);
  if (problems.length === 0) return;
  throw new AlpineK8sError("usage", problems.map(({ path, what }) => `${pathText(path)}: ${what}`).join("\n"), {
    hints: ["correct spec.addons in alpine-k8s.yaml"],
  });
}

/** A version that is asked for is given whatever the Kubernetes; another one needs to know that, and is looked for later. */
function versionProblems({ name, manifest, version }: AddonRef, index: number, { find }: Catalogue): AddonProblem[] {
  const entry = manifest === undefined && version !== undefined ? find(name) : undefined;
  if (entry === undefined || entry.releases.some((release) => release.version === version)) return [];
  const versions = entry.releases.map((release) => release.version).join(", ");
  const what = `the catalogue has no ${name} ${version ?? ""}; it has ${versions === "" ? "none" : versions}`;
  return [{ path: [...ADDONS, index, "version"], what }];
}

function valueProblems({ name, manifest, values }: AddonRef, index: number, { find }: Catalogue): AddonProblem[] {
  const entry = manifest === undefined && values !== undefined ? find(name) : undefined;
  try {
    if (entry !== undefined) valuesFor(entry, values);
    return [];
  } catch (error) {
    if (!(error instanceof AlpineK8sError)) throw error;
    return [{ path: [...ADDONS, index, "values"], what: messageOf(error) }];
  }
}

/**
 * What the add-ons of a spec need and it does not have, in its order. Manifests of the user's own need nothing, and meet
 * the need for an add-on of their name.
 */
export function unmetNeeds(
  addons: readonly AddonRef[],
  find: (name: string) => Pick<CatalogueEntry, "needs"> | undefined,
): readonly AddonProblem[] {
  return addons.flatMap(({ name, manifest }, index): AddonProblem[] => {
    if (manifest !== undefined) return [];
    const missing = (find(name)?.needs ?? []).filter((need) => addons.every((other) => other.name !== need));
    if (missing.length === 0) return [];
    return [{ path: [...ADDONS, index], what: `${name} needs ${missing.join(" and ")}: add it to spec.addons` }];
  });
}

function networkProblems(
  network: ClusterSpec["network"],
  addons: readonly AddonRef[],
  { networks }: Catalogue,
): AddonProblem[] {
  const indexes = addons.flatMap(({ name }, index) => (networks.includes(name) ? [index] : []));
  const [first, second] = indexes;
  const nameAt = (index: number): string => addons[index]?.name ?? "";
  if (second !== undefined && first !== undefined) {
    const what = `a cluster has one pod network, and ${nameAt(first)} is there; take one of the two out`;
    return [{ path: [...ADDONS, second], what }];
  }
  if (network === "none") {
    if (first === undefined) return [];
    const what = `${nameAt(first)} is a pod network, and spec.network says none; take one of the two out`;
    return [{ path: [...ADDONS, first], what }];
  }
  if (first !== undefined || addons.some(({ manifest }) => manifest !== undefined)) return [];
  const what = `names no pod network: add ${networks.join(" or ")}, a manifest of your own, or say spec.network: none`;
  return [{ path: ADDONS, what }];
}
