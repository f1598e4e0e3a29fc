import type { Document, Node } from "yaml";
import { printable } from "../../base/printable.js";
import { REPEATED_KEY, repeatedKeys } from "./repeated-keys.js";
import { shown, type Path } from "./problems.js";
import { nodesOf, yamlPackage } from "./yaml-nodes.js";

/** Larger texts are refused before they are parsed. */
const MOST_BYTES = 1024 * 1024;
const TOO_DEEP = "is nested too deeply";

/** One-based, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with the text as YAML. */
export interface YamlProblem {
  readonly position?: Position;
  readonly what: string;
}

/** A YAML document with the positions of its values. */
export interface YamlText {
  /** The document as plain data; `null` when it is empty. */
  readonly data: unknown;
  /** Position of the value or its key; for a missing value, of the group around it. */
  positionOf(path: Path, atKey: boolean): Position | undefined;
  /** A scalar as it was typed. */
  sourceOf(path: Path): string | undefined;
}

/**
 * Parses one YAML 1.2 document. Refused: text that is not YAML, a key given twice, several documents, anchors and
 * aliases (a few lines of them can grow to gigabytes), unknown tags, more than 1 MiB.
 */
export function readYaml(source: string): YamlText | readonly YamlProblem[] {
  if (Buffer.byteLength(source) > MOST_BYTES) return [{ what: "is larger than 1 MiB" }];
  // A byte order mark is what some Windows editors start a file with.
  const text = source.replace(/^\ufeff/, "");
  // A folder without a spec: nothing is loaded to read nothing.
  if (text === "") return emptyText();
  const lines = lineStartsOf(text);
  try {
    const documents = yamlPackage().parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false });
    const [document, second] = Array.isArray(documents) ? documents : [];
    if (document === undefined) return emptyText();
    const problems = [...documents].flatMap((one) => problemsOf(one, lines));
    if (second !== undefined) {
      problems.push({
        position: positionAt(second.range[0], lines),
        what: "has more than one document; one cluster is one document",
      });
    }
    return problems.length > 0 ? problems : yamlText(document, lines);
  } catch (error) {
    if (error instanceof RangeError) return [{ what: TOO_DEEP }];
    throw error;
  }
}

/** Plain data as YAML, without anchors and without folding long lines. */
export function writeYaml(data: unknown): string {
  return yamlPackage().stringify(data, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** A comment after a value; for a missing value, at the end of the group where it would be. */
export interface Remark {
  readonly path: Path;
  readonly text: string;
}

/** Like {@link writeYaml}, with a comment at the top and remarks; neither is part of the data. */
export function writeYamlWithRemarks(data: unknown, top: string, remarks: readonly Remark[]): string {
  const { Document, isMap, isScalar } = yamlPackage();
  const document = new Document(data, { aliasDuplicateObjects: false });
  document.commentBefore = ` ${top}`;
  for (const { path, text } of remarks) {
    const node = document.getIn(path, true);
    const group = document.getIn(path.slice(0, -1), true);
    if (isScalar(node)) node.comment = ` ${text}`;
    else if (isMap(group)) group.comment = ` ${String(path.at(-1))}: ${text}`;
  }
  return document.toString({ lineWidth: 0 });
}

function emptyText(): YamlText {
  return { data: null, positionOf: () => undefined, sourceOf: () => undefined };
}

/** Offsets at which the lines begin. The parser's own count misses those within what it cannot read. */
type LineStarts = readonly number[];

function lineStartsOf(text: string): LineStarts {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function positionAt(offset: number, lines: LineStarts): Position {
  let [line, last] = [0, lines.length - 1];
  while (line < last) {
    const middle = Math.ceil((line + last) / 2);
    if ((lines[middle] ?? 0) <= offset) line = middle;
    else last = middle - 1;
  }
  return { line: line + 1, column: offset - (lines[line] ?? 0) + 1 };
}

function problemsOf(document: Document.Parsed, lines: LineStarts): YamlProblem[] {
  const faults = [...document.errors, ...document.warnings];
  if (faults.some((fault) => fault.code === "RESOURCE_EXHAUSTION")) return [{ what: TOO_DEEP }];
  const nodes = nodesOf(document);
  const problems = [
    // The library quotes what it cannot read.
    ...faults.map((error) => ({ at: error.pos[0], why: printable(error.message) })),
    ...repeatedKeys(nodes).map((at) => ({ at, why: REPEATED_KEY })),
  ].map(({ at, why }) => ({ position: positionAt(at, lines), what: `is not YAML that can be used: ${why}` }));
  return [...problems, ...firstAlias(nodes, lines)].slice(0, 20);
}

/** The first anchor or alias only: a YAML bomb has thousands. */
function firstAlias(nodes: readonly Node[], lines: LineStarts): YamlProblem[] {
  const { isAlias } = yamlPackage();
  const node = nodes.find((one) => isAlias(one) || one.anchor !== undefined);
  if (node === undefined) return [];
  const name = isAlias(node) ? `*${node.source}` : `&${node.anchor}`;
  const what = `${shown(name)}: anchors and aliases are not read; write the value out`;
  return [{ position: positionAt(node.range?.[0] ?? 0, lines), what }];
}

function yamlText(document: Document.Parsed, lines: LineStarts): YamlText {
  const { isScalar } = yamlPackage();
  return {
    data: document.toJS({ maxAliasCount: 0 }) as unknown,
    positionOf: (path, atKey) => {
      const offset = offsetOf(document.contents, path, atKey);
      return offset === undefined ? undefined : positionAt(offset, lines);
    },
    sourceOf: (path) => {
      const node = document.getIn(path, true);
      return isScalar(node) ? (node.source ?? undefined) : undefined;
    },
  };
}

function startOf(node: unknown): number | undefined {
  const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : undefined;
}

/** Offset of the deepest part of the path that exists. */
function offsetOf(root: unknown, path: Path, atKey: boolean): number | undefined {
  const { isMap, isScalar, isSeq } = yamlPackage();
  let node = root;
  let offset = startOf(root);
  for (const [index, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (pair === undefined) return offset;
      const keyOffset = startOf(pair.key);
      const isLast = index === path.length - 1;
      node = pair.value;
      offset = isLast && atKey ? keyOffset : isMap(node) || isSeq(node) ? keyOffset : (startOf(node) ?? keyOffset);
    } else if (isSeq(node) && typeof part === "number") {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}
