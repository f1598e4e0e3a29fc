import { isCollection, isNode, isPair, type Document, type Node } from "yaml";

/**
 * The nodes of a document, keys included, each before those within it. The library's own `visit` also makes the path to
 * each node, which takes longer than the walk.
 */
export function nodesOf(document: Document): readonly Node[] {
  const nodes: Node[] = [];
  collect(document.contents, nodes);
  return nodes;
}

function collect(one: unknown, into: Node[]): void {
  if (isPair(one)) {
    collect(one.key, into);
    collect(one.value, into);
  } else if (isNode(one)) {
    into.push(one);
    if (isCollection(one)) for (const item of one.items) collect(item, into);
  }
}
