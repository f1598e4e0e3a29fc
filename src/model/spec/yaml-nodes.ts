import type * as Yaml from "yaml";
import type { Document, Node } from "yaml";
import { lazyPackage } from "../../base/lazy-package.js";

/** The package that reads and writes YAML: without a spec, commands do neither. */
export const yamlPackage = lazyPackage<typeof Yaml>("yaml");

/**
 * The nodes of a document, keys included, each before those within it. The library's own `visit` also makes the path to
 * each node, which takes longer than the walk.
 */
export function nodesOf(document: Document): readonly Node[] {
  const nodes: Node[] = [];
  const { isCollection, isNode, isPair } = yamlPackage();
  const collect = (one: unknown): void => {
    if (isPair(one)) {
      collect(one.key);
      collect(one.value);
    } else if (isNode(one)) {
      nodes.push(one);
      if (isCollection(one)) for (const item of one.items) collect(item);
    }
  };
  collect(document.contents);
  return nodes;
}
