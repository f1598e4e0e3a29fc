import { isCollection, isMap, isScalar, isSeq, type Node, type Pair, type ParsedNode } from "yaml";

/** A pair as the parser makes it, with the tokens that it came from. */
export type TextPair = Pair<ParsedNode, ParsedNode | null>;

/** Replaces `text` from `start` to `end` by `by`. */
export function splice(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

/** The line end that the text uses; the first one decides. */
function eolOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** `offset` if a line ends just before it, else the start of the next line; on the last line the end of the text. */
export function nextLine(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === "\n") return offset;
  const at = text.indexOf("\n", offset);
  return at === -1 ? text.length : at + 1;
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Inserts whole lines at the start of a line, or after a last line that has no line end. */
export function insertLines(text: string, offset: number, lines: readonly string[]): string {
  const eol = eolOf(text);
  const isAtStart = offset === 0 || text[offset - 1] === "\n";
  const block = isAtStart ? lines.map((line) => line + eol).join("") : lines.map((line) => eol + line).join("");
  return splice(text, offset, offset, block);
}

/** Removes whole lines. A text without a line end on its last line stays without one. */
export function removeLines(text: string, offset: number, end: number): string {
  const start = lineStart(text, offset);
  const isOpenEnd = end === text.length && !text.endsWith("\n");
  return splice(text, isOpenEnd ? text.slice(0, start).replace(/\r?\n$/, "").length : start, end, "");
}

/** Skips the comment lines that follow directly with at least this indent: they belong to what is above them. */
export function afterOwnComments(text: string, offset: number, indent: number): number {
  let at = offset;
  for (;;) {
    const line = text.slice(at, nextLine(text, at + 1));
    const spaces = /^( *)#/.exec(line)?.[1];
    if (spaces === undefined || spaces.length < indent) return at;
    at += line.length;
  }
}

/** A block collection, which ends where its last entry does; a flow collection has an end of its own. */
export function isBlock(node: unknown): boolean {
  return isCollection(node) && node.flow !== true;
}

/** Offset of a node's first character. */
export function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Offset after a node's last character, before comments and line ends that follow. */
export function endOf(node: Node): number {
  if (isBlock(node)) {
    const last = isMap<ParsedNode, ParsedNode | null>(node)
      ? node.items.at(-1)
      : isSeq<ParsedNode>(node)
        ? node.items.at(-1)
        : undefined;
    if (last !== undefined) return "key" in last ? endOfPair(last) : endOf(last);
  }
  return node.range?.[1] ?? 0;
}

/** A pair without a value ends after its colon: comments may follow. */
export function endOfPair(pair: TextPair): number {
  const { value } = pair;
  if (value === null || isAbsent(value)) return colonEnd(pair) ?? endOf(pair.key);
  return endOf(value);
}

/** True for the value of `key:` with nothing after it. */
export function isAbsent(node: unknown): boolean {
  return isScalar(node) && node.value === null && (node.source ?? "") === "";
}

export function colonEnd(pair: TextPair): number | undefined {
  const colon = pair.srcToken?.sep?.find((token) => token.type === "map-value-ind");
  return colon === undefined ? undefined : colon.offset + 1;
}
