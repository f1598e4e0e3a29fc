import { addressWithoutLogin } from "../../base/hide-logins.js";

/** The path of a value in the spec: keys and list indexes from the top. */
export type Path = readonly (string | number)[];

/** One thing wrong with what the user wrote. */
export interface Problem {
  readonly path: Path;
  readonly what: string;
  /** What to write instead, one line. */
  readonly hint?: string;
  /** True when the key, not its value, is wrong. */
  readonly atKey?: boolean;
}

/** `spec.hosts[1].address`, as messages and docs write it; a key with odd characters is quoted. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const key = /^[A-Za-z0-9_-]+$/.test(part) ? part : shown(part);
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/**
 * A value for a message on a terminal: on one line, in double quotes when it is text, with control characters escaped
 * and logins of URLs hidden, at most about 60 characters.
 */
export function shown(value: unknown): string {
  if (typeof value === "string") return shortened(escaped(addressWithoutLogin(value)), '…"');
  if (typeof value === "number" || typeof value === "boolean") return shortened(String(value), "…");
  if (Array.isArray(value)) return "a list";
  return value === null || value === undefined ? "nothing" : "a group of keys";
}

function shortened(text: string, end: string): string {
  return text.length > 62 ? `${text.slice(0, 56)}${end}` : text;
}

function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** True when `inner` is `outer` or lies below it. */
export function isWithin(inner: Path, outer: Path): boolean {
  return outer.length <= inner.length && outer.every((part, index) => part === inner[index]);
}

/** The known word that was probably meant; undefined when none is close. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

/** Levenshtein's distance. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const swap = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(swap, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
