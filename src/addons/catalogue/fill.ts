import { AlpineK8sError } from "../../base/errors.js";

/** What `${…}` may name in a catalogue: `cluster.podSubnet`, `values.logLevel`. */
export type Known = Readonly<Record<string, string | number | boolean>>;

const PLACE = /\$\{([^{}]*)\}/g;

/**
 * Fills `${name}` in all texts of a value, also in keys; `$${` stands for itself. A text that is one place and nothing
 * else becomes what is known, with its type. Throws `usage` for a name that is not known.
 */
export function fill(value: unknown, known: Known): unknown {
  if (typeof value === "string") return filled(value, known);
  if (Array.isArray(value)) return value.map((entry) => fill(entry, known));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [String(filled(key, known)), fill(entry, known)]),
  );
}

function filled(text: string, known: Known): string | number | boolean {
  const whole = /^\$\{([^{}]*)\}$/.exec(text);
  if (whole) return valueOf(whole[1] ?? "", known);
  const parts = text.split("$${").map((part) => part.replace(PLACE, (_, name: string) => String(valueOf(name, known))));
  return parts.join("${");
}

function valueOf(name: string, known: Known): string | number | boolean {
  const value = Object.hasOwn(known, name) ? known[name] : undefined;
  if (value !== undefined) return value;
  throw new AlpineK8sError("usage", `a catalogue's entry names \${${name}}, which is not known`, {
    hints: [`known are: ${Object.keys(known).join(", ")}`],
  });
}
