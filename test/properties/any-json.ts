import type { Dice } from "../spec/random-spec.js";
import { anyText } from "./any-text.js";

/** Fields that JavaScript itself would call, or look at. */
const SPECIAL_KEYS = ["toString", "valueOf", "constructor", "__proto__", "length", "then", "toJSON", "find", "map"];

/** Any value that JSON can hold, at most `depth` levels deep. */
export function anyJson(dice: Dice, depth = 3): unknown {
  const kinds = [
    () => null,
    () => dice.often(0.5),
    () => dice.one([0, -1, 1.5, 1e308, 2 ** 53, 403]),
    () => anyText(dice, 4),
    () => "",
  ];
  if (depth === 0) return dice.one(kinds)();
  const deeper = [
    () => Array.from({ length: dice.upTo(4) }, () => anyJson(dice, depth - 1)),
    () => anyGroup(dice, depth - 1),
  ];
  return dice.one([...kinds, ...deeper, ...deeper])();
}

function anyGroup(dice: Dice, depth: number): Record<string, unknown> {
  const key = (): string => (dice.often(0.3) ? dice.one(SPECIAL_KEYS) : anyText(dice, 2));
  const entries = Array.from({ length: dice.upTo(4) }, (): [string, unknown] => [key(), anyJson(dice, depth)]);
  return Object.fromEntries(entries);
}

/** The value with parts of it replaced by anything: each part, also the whole, with the given chance. */
export function spoilt(dice: Dice, value: unknown, share = 0.05): unknown {
  if (dice.often(share)) return anyJson(dice);
  if (Array.isArray(value)) return value.map((one) => spoilt(dice, one, share));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(() => !dice.often(share / 2));
  return Object.fromEntries(entries.map(([key, one]): [string, unknown] => [key, spoilt(dice, one, share)]));
}
