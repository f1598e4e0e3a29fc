import { isScalar, visit, type Document } from "yaml";

/** What the yaml library says of one, too. */
export const REPEATED_KEY = "Map keys must be unique";

/**
 * Offsets in the text at which a group gives a key that it has already. For documents parsed with `uniqueKeys: false`:
 * the library's own look compares each key with all before it, which takes minutes for a megabyte of keys.
 */
export function repeatedKeys(document: Document): readonly number[] {
  const found: number[] = [];
  visit(document, {
    Map(_key, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) found.push(key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
  return found;
}
