import { ALPINE, KUBERNETES } from "../../src/model/versions/table.ts";

/** The tables by product: each row's name and last day, newest first. */
const PRODUCTS = {
  Alpine: ALPINE.map(({ release, ends }) => ({ name: release, ends })),
  Kubernetes: KUBERNETES.map(({ minor, ends }) => ({ name: `1.${minor}`, ends })),
};

/** Findings of a list of releases; those older than the table begins are left out. */
export function compareReleases({ file, ends }) {
  const [product, rows] = Object.entries(PRODUCTS).find(([, all]) => all.some(({ name }) => ends.has(name))) ?? [];
  if (product === undefined) throw new Error(`${file} has no release of Alpine or Kubernetes that is in the table`);
  const oldest = rows.at(-1).name;
  const known = new Set(rows.map(({ name }) => name));
  const more = [...ends].filter(([name]) => !known.has(name) && isNewer(name, oldest));
  return [
    ...rows.map((row) => compared(product, row, ends)),
    ...more.map(([name, end]) => ({ kind: "there", text: `${product} ${name}, ${end ?? "no last day"}` })),
  ];
}

function compared(product, { name, ends: expected }, ends) {
  if (!ends.has(name)) return { kind: "gone", text: `${product} ${name}` };
  const end = ends.get(name);
  if (end === expected) return { kind: "agrees" };
  return { kind: "end", text: `${product} ${name}: ${expected} in the table, ${end ?? "none"} there` };
}

function isNewer(name, than) {
  return name.localeCompare(than, "en", { numeric: true }) > 0;
}
