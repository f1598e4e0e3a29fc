import { AlpineK8sError } from "../../base/errors.js";
import { DELIVERED_ADDONS } from "../../model/spec/addon-names.js";
import { packageTemplates } from "../../templates/package-files.js";
import { builtEntry } from "./built-entry.js";
import type { CatalogueEntry } from "./entry.js";
import { readEntry } from "./read-entry.js";

const read = new Map<string, CatalogueEntry>();

/** The delivered entry of a name, read when it is first asked for. Throws `usage` for a name that is not delivered. */
export function delivered(name: string): CatalogueEntry {
  const known = read.get(name);
  if (known !== undefined) return known;
  if (!DELIVERED_ADDONS.includes(name)) {
    throw new AlpineK8sError("usage", `the catalogue has no add-on ${name}; it has ${DELIVERED_ADDONS.join(", ")}`, {
      hints: [`give a manifest of your own: spec.addons: [{name: ${name}, manifest: FILE}]`],
    });
  }
  const path = `templates/addons/${name}.yaml`;
  const text = packageTemplates().read(path);
  const entry = builtEntry(name, text) ?? readEntry(text, path);
  read.set(name, entry);
  return entry;
}
