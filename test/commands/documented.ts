import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Names of fields, and of the fields of objects in lists; those marked with ? may be absent. */
export interface Shape {
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly optional: ReadonlySet<string>;
}

/** The shape that docs/json.md documents below the heading. */
export function documented(heading: string): Shape {
  const text = readFileSync(join(import.meta.dirname, "../../docs/json.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/json.md has no section ${heading}`);
  const fields = new Map<string, readonly string[]>();
  const optional = new Set<string>();
  for (const [, names = "", type = ""] of section.matchAll(/^\| (`.*?) \| (.*?) \|/gm)) {
    const inner = /^`\{(.*)\}`$/.exec(type)?.[1]?.split(", ") ?? [];
    for (const [, name = "", , mark] of names.matchAll(/`([A-Za-z0-9]+)(\[\])?`(\?)?/g)) {
      fields.set(name, [...inner].sort());
      if (mark !== undefined) optional.add(name);
    }
  }
  return { fields, optional };
}

/** Differences between a document and its documentation, as text; empty when there are none. */
export function differences(document: Readonly<Record<string, unknown>>, { fields, optional }: Shape): string[] {
  const missing = [...fields.keys()].filter((name) => !(name in document) && !optional.has(name));
  const unknown = Object.keys(document).filter((name) => !fields.has(name));
  const inner = [...fields].flatMap(([name, keys]) => {
    if (keys.length === 0) return [];
    const elements = document[name] as object[];
    const wrong = elements.filter((element) => Object.keys(element).sort().join() !== keys.join());
    if (elements.length === 0) return [`${name} is empty, so that its elements cannot be compared`];
    return wrong.map((element) => `${name}: ${Object.keys(element).join()} instead of ${keys.join()}`);
  });
  return [
    ...missing.map((name) => `${name} is documented, but not there`),
    ...unknown.map((name) => `${name} is there, but not documented`),
    ...inner,
  ];
}
