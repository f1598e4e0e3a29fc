import type { Node } from "yaml";
import { yamlPackage } from "./yaml-nodes.js";

/** What the yaml library says of one, too. */
export const REPEATED_KEY = "Map keys must be unique";

/**
 * Offsets in the text at which one of the nodes, a group, gives a key that it has already. For documents parsed with
 * `uniqueKeys: false`: the library's own look compares each key with all before it, which takes minutes for a megabyte
 * of keys.
 */
export function repeatedKeys(nodes: readonly Node[]): readonly number[] {
  const { isMap, isScalar } = yamlPackage();
  const found: number[] = [];
  for (const node of nodes) {
    if (!isMap(node)) continue;
    const seen = new Set<unknown>();
    for (const { key } of node.items) {
      if (!isScalar(key)) continue;
      if (seen.has(key.value)) found.push(key.range?.[0] ?? 0);
      seen.add(key.value);
    }
  }
  return found;
}
