// Part of `npm run build`: reads the delivered entries of the catalogue and writes them into dist/catalogue.json, from where
// src/addons/catalogue/built-entry.ts takes them as long as their texts are the same.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const { DELIVERED_ADDONS } = await import("../dist/model/spec/addon-names.js");
const { readEntry } = await import("../dist/addons/catalogue/read-entry.js");

const entries = DELIVERED_ADDONS.map((name) => {
  const path = `templates/addons/${name}.yaml`;
  const text = readFileSync(join(ROOT, path), "utf8");
  return [name, { sha256: createHash("sha256").update(text).digest("hex"), entry: readEntry(text, path) }];
});
writeFileSync(join(ROOT, "dist/catalogue.json"), JSON.stringify(Object.fromEntries(entries)));
