import type { Dice, Group, Value } from "./random-spec.js";

/**
 * The data as YAML in a random style: block or flow, any indentation, gaps, quotes, comments and blank lines wherever
 * YAML allows them, either line end, with or without a byte order mark and a last line end.
 */
export function randomYaml(dice: Dice, data: Group): string {
  const lines = [...(dice.often(0.2) ? ["---"] : []), ...blockMap(dice, data, 0), ...noise(dice, 0)];
  const eol = dice.often(0.3) ? "\r\n" : "\n";
  return (dice.often(0.1) ? "\ufeff" : "") + lines.join(eol) + (dice.often(0.8) ? eol : "");
}

function blockMap(dice: Dice, group: Group, indent: number): string[] {
  return Object.entries(group).flatMap(([key, value]) => [
    ...noise(dice, indent),
    ...pair(dice, " ".repeat(indent) + word(dice, key), value, indent),
  ]);
}

/** `head` is the text on the line before the key. */
function pair(dice: Dice, head: string, value: Value, indent: number): string[] {
  if (value === null) return withRemark(dice, `${head}:${dice.one(["", " ~", " null"])}`);
  if (!isFilled(value) || dice.often(0.3)) return flowLines(dice, `${head}:${gap(dice)}`, value, indent);
  const opening = withRemark(dice, `${head}:`);
  const deeper = indent + 1 + dice.upTo(3);
  if (!isList(value)) return [...opening, ...blockMap(dice, value, deeper)];
  const column = dice.often(0.3) ? indent : deeper;
  return [...opening, ...value.flatMap((entry) => [...noise(dice, column), ...listEntry(dice, entry, column)])];
}

function listEntry(dice: Dice, entry: Value, indent: number): string[] {
  const dash = `${" ".repeat(indent)}-${" ".repeat(1 + dice.upTo(2))}`;
  if (!isFilled(entry) || isList(entry) || dice.often(0.4)) return flowLines(dice, dash, entry, indent);
  if (dice.often(0.2)) return [...withRemark(dice, dash), ...blockMap(dice, entry, dash.length)];
  const [[key, value] = ["", null], ...others] = Object.entries(entry);
  return [
    ...pair(dice, dash + word(dice, key), value, dash.length),
    ...blockMap(dice, Object.fromEntries(others), dash.length),
  ];
}

/** A flow collection, sometimes with a line for each of its entries. */
function flowLines(dice: Dice, head: string, value: Value, indent: number): string[] {
  if (!isFilled(value) || dice.often(0.7)) return withRemark(dice, head + flow(dice, value));
  const [open, close] = isList(value) ? "[]" : "{}";
  const pad = " ".repeat(indent + 2);
  const entries = flowEntries(dice, value);
  const lines = entries.map((entry, index) => pad + entry + (index < entries.length - 1 || dice.often(0.3) ? "," : ""));
  return [
    ...withRemark(dice, `${head}${open}`),
    ...lines.flatMap((line) => [...noise(dice, indent + 2), ...withRemark(dice, line)]),
    ...withRemark(dice, `${pad}${close}`),
  ];
}

function flow(dice: Dice, value: Value): string {
  if (typeof value === "string") return word(dice, value);
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  const [open, close] = isList(value) ? "[]" : "{}";
  const entries = flowEntries(dice, value).join(`${dice.one(["", " "])},${gap(dice)}`);
  const comma = entries !== "" && dice.often(0.2) ? "," : "";
  return `${open}${dice.one(["", " "])}${entries}${comma}${dice.one(["", " "])}${close}`;
}

function flowEntries(dice: Dice, value: readonly Value[] | Group): string[] {
  if (isList(value)) return value.map((entry) => flow(dice, entry));
  return Object.entries(value).map(([key, inner]) => `${word(dice, key)}:${gap(dice)}${flow(dice, inner)}`);
}

/** Comments and blank lines between the lines of a group. */
function noise(dice: Dice, indent: number): string[] {
  const line = (): string =>
    dice.often(0.5) ? "" : `${" ".repeat(dice.one([indent, indent, dice.upTo(indent + 4)]))}# note ${dice.upTo(999)}`;
  return dice.often(0.75) ? [] : Array.from({ length: 1 + dice.upTo(2) }, line);
}

function withRemark(dice: Dice, line: string): string[] {
  if (dice.often(0.7)) return [line];
  return [`${line}${dice.one([" ", "   "])}${dice.one(["", `# remark ${dice.upTo(999)}`])}`];
}

function word(dice: Dice, text: string): string {
  return dice.one([text, text, text, `"${text}"`, `'${text}'`]);
}

function gap(dice: Dice): string {
  return dice.one([" ", " ", "  "]);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isFilled(value: Value): value is readonly Value[] | Group {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
