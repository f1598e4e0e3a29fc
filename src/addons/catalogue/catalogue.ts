import { AlpineK8sError } from "../../base/errors.js";
import { ADDRESS_ADDON, DELIVERED_ADDONS, NETWORK_ADDONS } from "../../model/spec/addon-names.js";
import type { AddonRef } from "../../model/spec/cluster-spec.js";
import { nearest } from "../../model/spec/problems.js";
import { delivered } from "./delivered.js";
import type { CatalogueEntry } from "./entry.js";

/** An entry of a catalogue of one's own. */
export interface OwnEntry {
  readonly entry: CatalogueEntry;
  /** Where it was read, for messages: `my-addons/shop.yaml`. */
  readonly place: string;
}

/** All add-ons that a spec may name: the delivered ones, and those of the catalogues that it names. */
export interface Catalogue {
  /** The delivered ones first. */
  readonly names: readonly string[];
  /** Those that are pod networks. */
  readonly networks: readonly string[];
  /** The entry of a name; nothing where there is none. A delivered one is read when it is first asked for. */
  readonly find: (name: string) => CatalogueEntry | undefined;
  /** Where the entry of a name was read; nothing for a delivered one. */
  readonly placeOf: (name: string) => string | undefined;
}

/**
 * The delivered add-ons together with one's own, which take the place of delivered ones of their name. Throws `usage` when
 * two are of one name, and when one that takes a place is a pod network and the other is not.
 */
export function catalogueWith(own: readonly OwnEntry[]): Catalogue {
  const known = new Map<string, OwnEntry>();
  for (const one of own) {
    const { name, isNetwork } = one.entry;
    const other = known.get(name);
    if (other !== undefined) {
      throw refused(`the add-on ${name} is in two catalogues: ${other.place} and ${one.place}`, "take one of them out");
    }
    if (DELIVERED_ADDONS.includes(name) && NETWORK_ADDONS.includes(name) !== isNetwork) {
      throw refused(
        `${one.place} takes the place of the delivered ${name}, which is ${isNetwork ? "no" : "a"} pod network`,
        isNetwork ? "take role out of it, or give it another name" : "write role: network, or give it another name",
      );
    }
    if ((name === ADDRESS_ADDON) !== (one.entry.staticPod !== undefined)) {
      const what = `${one.place} is ${name}, and role: address is for ${ADDRESS_ADDON} alone`;
      throw refused(what, name === ADDRESS_ADDON ? "write role: address and a staticPod" : `call it ${ADDRESS_ADDON}`);
    }
    known.set(name, one);
  }
  const isOwnNetwork = (name: string): boolean => known.get(name)?.entry.isNetwork === true;
  return {
    names: [...new Set([...DELIVERED_ADDONS, ...known.keys()])],
    networks: [...new Set([...NETWORK_ADDONS, ...[...known.keys()].filter(isOwnNetwork)])],
    find: (name) => known.get(name)?.entry ?? (DELIVERED_ADDONS.includes(name) ? delivered(name) : undefined),
    placeOf: (name) => known.get(name)?.place,
  };
}

function refused(what: string, hint: string): AlpineK8sError {
  return new AlpineK8sError("usage", what, { hints: [hint, "or correct spec.catalogues in alpine-k8s.yaml"] });
}

/** What a spec has that names no catalogue of its own. */
export const DELIVERED: Catalogue = catalogueWith([]);

/** The catalogue's entry of a name; throws `usage` with the name that was meant, or with all. */
export function demandEntry(catalogue: Catalogue, name: string): CatalogueEntry {
  const entry = catalogue.find(name);
  if (entry !== undefined) return entry;
  throw new AlpineK8sError("usage", noSuchAddon(catalogue, name), {
    hints: ["alpine-k8s addons list", `or bring a manifest: alpine-k8s addons enable ${name} --manifest FILE`],
  });
}

/** Says that there is no such add-on, and which one was meant, or which there are. */
export function noSuchAddon({ names }: Catalogue, name: string): string {
  const meant = nearest(name, names);
  const offer = meant === undefined ? `there is: ${names.join(", ")}` : `did you mean ${meant}?`;
  return `no add-on is called ${name}; ${offer}`;
}

/** The entry that an add-on of a spec is made of; nothing for a manifest of the user's own. */
export function entryOf(
  catalogue: Catalogue,
  { name, manifest }: Pick<AddonRef, "name" | "manifest">,
): CatalogueEntry | undefined {
  return manifest === undefined ? catalogue.find(name) : undefined;
}
