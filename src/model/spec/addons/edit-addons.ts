import { isDeepStrictEqual } from "node:util";
import { isMap, isSeq, parseDocument } from "yaml";
import { AlpineK8sError } from "../../../base/errors.js";
import type { AddonRef, ClusterSpec } from "../cluster-spec.js";
import { NEW_FILE, parseEdited, type SpecText } from "../edit-spec.js";
import { parseSpec } from "../parse-spec.js";
import type { Path } from "../problems.js";
import { addonEntry } from "../spec-document.js";
import { appendEntries, removeAt, setValue } from "../yaml-edit.js";

const ADDONS: Path = ["spec", "addons"];
const CATALOGUES: Path = ["spec", "catalogues"];

/**
 * The spec's text with this add-on as it is given here: added at the end, or its entry changed; everything else stays as it
 * was, comments included. A spec that names no add-ons gets the default ones, too. Throws `usage` when the result would
 * not be a valid spec with exactly this change.
 */
export function putAddon(file: SpecText, ref: AddonRef): string {
  const spec = parsed(file);
  const text = file.text ?? "";
  const index = spec.addons.findIndex(({ name }) => name === ref.name);
  const wanted = index < 0 ? [...spec.addons, ref] : spec.addons.with(index, ref);
  if (isDeepStrictEqual(wanted, spec.addons) && file.text !== undefined) return file.text;
  const edited = !isListed(text, ADDONS)
    ? setValue(text, ADDONS, wanted.map(addonEntry))
    : index < 0
      ? appendEntries(text, ADDONS, [addonEntry(ref)])
      : changedEntry(text, [...ADDONS, index], { before: spec.addons[index], after: ref });
  return checked(file, { spec, edited, wanted, name: ref.name });
}

/** The spec's text without this add-on; the text as it is when the spec does not have it. Throws as {@link putAddon} does. */
export function dropAddon(file: SpecText, name: string): string | undefined {
  const spec = parsed(file);
  const text = file.text ?? "";
  const index = spec.addons.findIndex((addon) => addon.name === name);
  if (index < 0) return file.text;
  const wanted = spec.addons.toSpliced(index, 1);
  const edited =
    isListed(text, ADDONS) && wanted.length > 0
      ? removeAt(text, [...ADDONS, index])
      : setValue(removeAt(text, ADDONS), ADDONS, wanted.map(addonEntry));
  return checked(file, { spec, edited, wanted, name });
}

/** The spec's text with this folder among its catalogues. Throws as {@link putAddon} does. */
export function putCatalogue(file: SpecText, folder: string): string {
  const spec = parsed(file);
  const text = file.text ?? "";
  const isSame = (other: string | undefined): boolean => other?.replace(/^\.\/|\/+$/g, "") === folder;
  if (spec.catalogues.some((catalogue) => isSame(catalogue.folder))) return text;
  const catalogues = [...spec.catalogues, { folder }];
  return checked(file, {
    ...{ spec, wanted: spec.addons, catalogues, name: folder },
    edited: appendEntries(text, CATALOGUES, [{ folder }]),
  });
}

/** Changes key by key, so that comments in the entry stay. */
function changedEntry(
  text: string,
  path: Path,
  { before, after }: { readonly before: AddonRef | undefined; readonly after: AddonRef },
): string {
  if (before === undefined || !isMap(nodeAt(text, path))) return setValue(text, path, addonEntry(after));
  const keys = ["version", "manifest", "sha256", "values"] as const;
  return keys.reduce((now, key) => {
    if (isDeepStrictEqual(before[key], after[key])) return now;
    if (after[key] === undefined) return removeAt(now, [...path, key]);
    if (key !== "values" || before.values === undefined) return setValue(now, [...path, key], after[key]);
    return Object.entries(after.values ?? {}).reduce(
      (so, [name, value]) => (before.values?.[name] === value ? so : setValue(so, [...path, key, name], value)),
      now,
    );
  }, text);
}

function isListed(text: string, path: Path): boolean {
  const node = nodeAt(text, path);
  return isSeq(node) && node.items.length > 0;
}

function nodeAt(text: string, path: Path): unknown {
  return parseDocument(text, { uniqueKeys: false }).getIn(path, true);
}

function parsed(file: SpecText): ClusterSpec {
  return parseSpec({ ...file, overrides: {} });
}

interface Edit {
  readonly spec: ClusterSpec;
  readonly edited: string;
  readonly wanted: readonly AddonRef[];
  /** Those of the spec, unless they change. */
  readonly catalogues?: ClusterSpec["catalogues"];
  readonly name: string;
}

function checked(file: SpecText, { spec, edited, wanted, catalogues = spec.catalogues, name }: Edit): string {
  const text = file.text === undefined ? NEW_FILE + edited : edited;
  const after = parseEdited({ ...file, text }, [name]);
  if (isDeepStrictEqual(after, { ...spec, addons: wanted, catalogues })) return text;
  throw new AlpineK8sError("usage", `${file.source} is written in a way that this command cannot change safely`, {
    hints: [`change ${name} in spec.addons of ${file.source} by hand, then: alpine-k8s up`, "nothing was changed"],
  });
}
