import type { RemoveNodeSummary } from "../../operations/remove-node/remove-node.js";

const MACHINE: Readonly<Record<RemoveNodeSummary["machine"], string>> = {
  destroyed: "its machine is destroyed",
  reset: "it is reset and keeps its packages",
  left: "its machine was left as it is",
  none: "it had no machine",
};

/** The summary of `remove-node` as people read it. */
export function removeNodeText(summary: RemoveNodeSummary): string {
  const { cluster, node, evicted, nodes, warnings } = summary;
  const pods = evicted.length === 1 ? "1 pod left it" : `${evicted.length} pods left it`;
  return [
    `Node ${node} is out of cluster ${cluster}: ${pods}, ${MACHINE[summary.machine]}.`,
    ...(summary.spec === "changed" ? ["alpine-k8s.yaml does not name it any more."] : []),
    `The spec has ${nodes.join(", ")}.`,
    ...(warnings.length === 0 ? [] : ["", "Warnings:", ...warnings.map((line) => `  ${line}`)]),
  ].join("\n");
}
