/** What each suffix of a quantity multiplies by: decimal, and binary. */
const SUFFIXES: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A number, and behind it a suffix or an exponent; `1E` is an exa, `1E3` a thousand. */
const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** Characters of the longest quantity that is read. */
const LONGEST = 100;

/**
 * The number that a quantity of Kubernetes stands for, in its own unit (cores, bytes): `250m` is 0.25, `1Ki` 1024, `1e3`
 * 1000. A plain number is itself. Undefined for anything else, and for what is no finite number.
 */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || value.length > LONGEST) return undefined;
  const [, digits, exponent = "", suffix = ""] = QUANTITY.exec(value) ?? [];
  const factor = SUFFIXES[suffix];
  if (digits === undefined || factor === undefined) return undefined;
  const number = Number(`${digits}${exponent}`);
  // Divided, because 1e-9 is no exact number and 1e9 is.
  const result = factor < 1 ? number / Math.round(1 / factor) : number * factor;
  return Number.isFinite(result) ? result : undefined;
}
