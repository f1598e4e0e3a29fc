import {
  Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  stringify,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Path } from "./problems.js";
import * as cut from "./yaml-splice.js";

/*
 * Edits of YAML text that leave every other byte as it is: comments, quotes, order, blank lines, line ends.
 * Precondition of all: one document without anchors and aliases, as `readYaml` accepts it. The caller must parse the
 * result again.
 */

type TextMap = YAMLMap<ParsedNode, ParsedNode | null>;
type TextSeq = YAMLSeq<ParsedNode>;

/** Spaces by which a new level is indented. */
const INDENT = 2;

function parsed(text: string): Document.Parsed {
  return parseDocument(text, { keepSourceTokens: true, uniqueKeys: false });
}

/** Sets a key to plain data: creates missing groups on the path, replaces an existing value. */
export function setValue(text: string, path: Path, value: unknown): string {
  return put(text, parsed(text), path, value);
}

function put(text: string, document: Document.Parsed, path: Path, value: unknown): string {
  const existing = path.length === 0 ? undefined : document.getIn(path, true);
  if (isScalar<unknown>(existing) && existing.value !== null) {
    const by = isCollection(document.createNode(value)) ? flowText(value) : scalarText(value);
    return cut.splice(text, cut.startOf(existing), cut.endOf(existing), by);
  }
  return insertAt(text, document, path, value);
}

/** Adds entries at the end of a list, in the style of the list; creates a missing list. */
export function appendEntries(text: string, path: Path, entries: readonly unknown[]): string {
  if (entries.length === 0) return text;
  const document = parsed(text);
  const list = document.getIn(path, true);
  if (!isSeq<ParsedNode>(list)) return put(text, document, path, entries);
  if (!cut.isBlock(list))
    return list.items.length === 0
      ? fillEmptyList(text, document, path, entries)
      : flowAppend(text, list, entries.map(flowText).join(", "));
  const last = list.items.at(-1);
  const indent = cut.columnOf(text, dashOf(list, 0));
  const at = cut.afterOwnComments(text, cut.nextLine(text, cut.endOf(list)), indent + 1);
  const isFlow = isMap(last) && !cut.isBlock(last);
  return cut.insertLines(
    text,
    at,
    entries.flatMap((entry) => entryLines(entry, indent, isFlow)),
  );
}

/** Removes a key or an entry of a list; a comment after a removed key stays as a line of its own. */
export function removeAt(text: string, path: Path): string {
  const key = path.at(-1);
  if (typeof key === "string" && !mayHave(text, key)) return text;
  const document = parsed(text);
  const parent = document.getIn(path.slice(0, -1), true);
  const index = isSeq(parent) ? Number(key) : isMap(parent) ? indexOfKey(parent, key) : -1;
  if (!isCollection(parent) || index < 0 || parent.items[index] === undefined) return text;
  if (!cut.isBlock(parent)) return flowRemove(text, parent, index);
  const item = parent.items[index];
  const end = endOfItem(item);
  const next = cut.nextLine(text, end);
  if (isSeq(parent)) {
    const dash = dashOf(parent, index);
    return cut.removeLines(text, dash, cut.afterOwnComments(text, next, cut.columnOf(text, dash) + 1));
  }
  const start = startOfItem(parent, index);
  const gap = /^[^\S\r\n]*(?=#)/.exec(text.slice(end, next))?.[0];
  return gap === undefined ? cut.removeLines(text, start, next) : cut.splice(text, start, end + gap.length, "");
}

/** Whether a text may have this key: only an escape can hide its letters. */
function mayHave(text: string, key: string): boolean {
  return text.includes(key) || text.includes("\\");
}

function indexOfKey(map: YAMLMap, key: unknown): number {
  return map.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** Follows the path as far as groups exist and inserts the rest there. */
function insertAt(text: string, document: Document.Parsed, path: Path, value: unknown): string {
  const deepest = path.findLastIndex((_, depth) => isMap(document.getIn(path.slice(0, depth), true)));
  const base = path.slice(0, Math.max(deepest, 0));
  const [key, ...rest] = path.slice(base.length);
  const inner = rest.reduceRight<unknown>((nested, part) => ({ [String(part)]: nested }), value);
  const map = document.getIn(base, true);
  if (!isMap<ParsedNode, ParsedNode | null>(map)) {
    return cut.insertLines(text, text.length, blockText({ [String(key)]: inner }));
  }
  const pair = map.items.find((one) => isScalar(one.key) && one.key.value === key);
  if (pair !== undefined) return giveValue(text, map, pair, inner);
  if (!cut.isBlock(map)) {
    const entry = `${String(key)}: ${flowText(inner)}`;
    return map.items.length === 0
      ? cut.splice(text, cut.startOf(map), cut.endOf(map), `{ ${entry} }`)
      : flowAppend(text, map, entry);
  }
  const indent = cut.columnOf(text, cut.startOf(map));
  const end = cut.nextLine(text, cut.endOf(map));
  const at = indent === 0 ? end : cut.afterOwnComments(text, end, indent);
  return cut.insertLines(text, at, indented(blockText({ [String(key)]: inner }), indent));
}

/** `key:` without a value gets one. */
function giveValue(text: string, map: TextMap, pair: cut.TextPair, value: unknown): string {
  const colon = cut.colonEnd(pair) ?? cut.endOf(pair.key);
  const written = pair.value !== null && !cut.isAbsent(pair.value) ? cut.endOf(pair.value) : colon;
  if (!cut.isBlock(map)) return cut.splice(text, colon, written, ` ${flowText(value)}`);
  const bare = cut.splice(text, colon, written, "");
  if (!isCollection(new Document(value).contents)) return cut.splice(bare, colon, colon, ` ${scalarText(value)}`);
  const indent = cut.columnOf(text, cut.startOf(map)) + INDENT;
  const at = cut.afterOwnComments(bare, cut.nextLine(bare, colon), indent);
  return cut.insertLines(
    bare,
    at,
    Array.isArray(value)
      ? value.flatMap((entry) => entryLines(entry, indent, true))
      : indented(blockText(value), indent),
  );
}

/** Replaces `[]` by a list with entries, in block style if the group around it has that style. */
function fillEmptyList(text: string, document: Document.Parsed, path: Path, entries: readonly unknown[]): string {
  const map = document.getIn(path.slice(0, -1), true);
  const pair = isMap<ParsedNode, ParsedNode | null>(map) ? map.items[indexOfKey(map, path.at(-1))] : undefined;
  if (pair !== undefined && isMap<ParsedNode, ParsedNode | null>(map)) return giveValue(text, map, pair, entries);
  return text;
}

/** Inserts after the last entry, before a comma or a comment that follows it. */
function flowAppend(text: string, collection: TextMap | TextSeq, entry: string): string {
  const at = endOfItem(collection.items.at(-1));
  return cut.splice(text, at, at, `, ${entry}`);
}

function flowRemove(text: string, collection: TextMap | TextSeq | YAMLMap | YAMLSeq, index: number): string {
  const { items } = collection;
  const start = startOfItem(collection, index);
  const end = endOfItem(items[index]);
  const isPlain = (from: number, to: number): boolean => /^\s*,[^\S\n]*$/.test(text.slice(from, to));
  if (index + 1 < items.length) {
    const next = startOfItem(collection, index + 1);
    if (isPlain(end, next)) return cut.splice(text, start, next, "");
  } else if (index > 0) {
    const before = endOfItem(items[index - 1]);
    if (isPlain(before, start)) return cut.splice(text, before, end, "");
  }
  // With a comment or a line end in between, only the entry is removed, and a comma after it.
  const comma = /^\s*,/.exec(text.slice(end))?.[0].length ?? 0;
  return cut.splice(text, start, end + comma, "");
}

function startOfItem(collection: { readonly items: readonly unknown[] }, index: number): number {
  const item = collection.items[index];
  if (isPair<ParsedNode, ParsedNode | null>(item)) return cut.startOf(item.key);
  return isCollection(item) || isScalar(item) ? cut.startOf(item) : 0;
}

function endOfItem(item: unknown): number {
  if (isPair<ParsedNode, ParsedNode | null>(item)) return cut.endOfPair(item);
  return isCollection(item) || isScalar(item) ? cut.endOf(item) : 0;
}

/** Offset of the dash before an entry of a block list; the entry may start on a later line. */
function dashOf(list: YAMLSeq, index: number): number {
  const token = list.srcToken;
  const start = token?.type === "block-seq" ? token.items[index]?.start : undefined;
  return start?.find(({ type }) => type === "seq-item-ind")?.offset ?? 0;
}

function entryLines(entry: unknown, indent: number, isFlow: boolean): string[] {
  const [first = "", ...rest] = isFlow ? [flowText(entry)] : blockText(entry);
  return indented([`- ${first}`, ...indented(rest, 2)], indent);
}

function indented(lines: readonly string[], spaces: number): string[] {
  return lines.map((line) => " ".repeat(spaces) + line);
}

/** Block style, but entries of a list that are groups on one line each, which reads best for nodes. */
function blockText(value: unknown): string[] {
  const document = new Document(value);
  for (const list of listsIn(document.contents)) {
    for (const entry of list.items) if (isMap(entry)) entry.flow = true;
  }
  return document.toString({ lineWidth: 0 }).trimEnd().split("\n");
}

function listsIn(node: unknown): YAMLSeq[] {
  if (isSeq(node)) return [node];
  return isMap(node) ? node.items.flatMap((pair) => listsIn(pair.value)) : [];
}

function flowText(value: unknown): string {
  const document = new Document(value);
  if (isCollection(document.contents)) document.contents.flow = true;
  return document.toString({ lineWidth: 0 }).trimEnd();
}

function scalarText(value: unknown): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}
