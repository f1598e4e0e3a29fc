import { isDeepStrictEqual } from "node:util";
import { isMap, isNode, isScalar, type Document } from "yaml";
import { currentContext } from "./merge.js";
import {
  findEntry,
  formatKubeconfig,
  isOwn,
  LIST_NAMES,
  parseKubeconfig,
  sequence,
  type ListName,
  type OwnEntries,
} from "./merge-document.js";

export interface UndoOptions {
  /** The file's name, for messages. */
  readonly file: string;
  /** The text from before the cluster was merged; empty when there was no file. */
  readonly before: string;
}

export interface Undone {
  /** Undefined when nothing is left in the file and it did not exist before. */
  readonly text: string | undefined;
  readonly changed: boolean;
  /** The current context afterwards; empty when the file names none. */
  readonly currentContext: string;
}

/**
 * Removes a cluster's entries from a kubeconfig and restores the ones that they replaced. Later changes by others stay,
 * also entries of the same names that now belong to another cluster. The current context is restored only if it is this
 * cluster's. Without changes by others the result is the text from before, byte for byte.
 */
export function undoMerge(text: string, own: OwnEntries, { file, before }: UndoOptions): Undone {
  const document = parseKubeconfig(text, file);
  const merged: unknown = document.toJS();
  const old = parseKubeconfig(before, `${file} (backup)`);
  const wasCurrent = currentContext(document) === own.name && owns(document, "contexts", own);
  const lists = LIST_NAMES.filter((list) => owns(document, list, own));
  for (const list of lists) putBack(document, old, list, own);
  if (wasCurrent) restoreField(document, old, "current-context");
  const left: unknown = document.toJS();
  const changed = !isDeepStrictEqual(left, merged);
  if (!changed) return { text, changed, currentContext: currentContext(document) };
  if (isDeepStrictEqual(left, old.toJS())) return { text: before, changed, currentContext: currentContext(old) };
  if (!isMap(old.contents) && isBare(left)) {
    return { text: before === "" ? undefined : before, changed, currentContext: "" };
  }
  return { text: formatKubeconfig(document, text), changed, currentContext: currentContext(document) };
}

/** A context is not ours when its cluster is foreign: its names alone could refer to another cluster. */
function owns(document: Document, list: ListName, own: OwnEntries): boolean {
  const entry = findEntry(document, list, own.entries[list].name);
  if (!entry || !isOwn(own, list, entry)) return false;
  return list !== "contexts" || !isForeign(document, own);
}

function isForeign(document: Document, own: OwnEntries): boolean {
  const cluster = findEntry(document, "clusters", own.entries.clusters.name);
  return cluster !== undefined && !isOwn(own, "clusters", cluster);
}

function putBack(document: Document, old: Document, list: ListName, own: OwnEntries): void {
  const { name } = own.entries[list];
  const items = sequence(document, list)?.items;
  const index = items?.findIndex((item) => isMap(item) && item.get("name") === name) ?? -1;
  if (!items || index < 0) return;
  const former = findEntry(old, list, name);
  if (former) items.splice(index, 1, former.clone());
  else items.splice(index, 1);
  const wasEmpty = (sequence(old, list)?.items.length ?? 0) === 0;
  if (items.length === 0 && wasEmpty) restoreField(document, old, list);
}

/** A field as it was before: absent, null or empty. */
function restoreField(document: Document, old: Document, field: string): void {
  if (isMap(old.contents) && old.has(field)) {
    const before = old.get(field, true);
    document.set(field, isNode(before) ? before.clone() : null);
  } else deleteField(document, field);
}

/** A comment before it, which is no part of it, goes before what follows, or to the end. */
function deleteField(document: Document, field: string): void {
  if (!isMap(document.contents)) return;
  const { items } = document.contents;
  const at = items.findIndex(({ key }) => isScalar(key) && key.value === field);
  if (at < 0) return;
  const { key } = items[at] ?? {};
  const next = items[at + 1]?.key;
  items.splice(at, 1);
  if (!isNode(key) || typeof key.commentBefore !== "string") return;
  const together = (other: string | null | undefined): string => [key.commentBefore, other].filter(Boolean).join("\n");
  if (isNode(next)) next.commentBefore = together(next.commentBefore);
  else document.comment = together(document.comment);
}

/** Whether only apiVersion, kind and empty fields are left. */
function isBare(left: unknown): boolean {
  return Object.entries(left ?? {}).every(
    ([key, value]) =>
      ["apiVersion", "kind"].includes(key) ||
      value === null ||
      value === "" ||
      isDeepStrictEqual(value, []) ||
      isDeepStrictEqual(value, {}),
  );
}
