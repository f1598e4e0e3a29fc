import { quoteSh } from "../base/quote.js";

/**
 * Shell text that assigns each variable without exporting it: programs that the script starts do not inherit them.
 * Throws a TypeError for a name that the shell would not take.
 */
export function assignments(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`"${name}" cannot be the name of a variable`);
      return `${name}=${quoteSh(value)}`;
    })
    .join("; ");
}
