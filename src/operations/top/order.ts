/** What a list may be sorted by: the largest use of CPU or memory first, or the names. */
export const SORTS = ["cpu", "memory", "name"] as const;

export type Sort = (typeof SORTS)[number];

interface Sortable {
  readonly namespace?: string;
  readonly name: string;
  readonly cpu: number | null;
  readonly memory: number | null;
}

/** The rows in this order; what uses the same, or has no figure, is in the order of the names, without figures last. */
export function ordered<T extends Sortable>(rows: readonly T[], sort: Sort): readonly T[] {
  const byName = (one: Sortable, other: Sortable): number =>
    compare(one.namespace ?? "", other.namespace ?? "") || compare(one.name, other.name);
  if (sort === "name") return [...rows].sort(byName);
  return [...rows].sort((one, other) => (other[sort] ?? -1) - (one[sort] ?? -1) || byName(one, other));
}

/** By code units, so that the order is the same on every computer. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
