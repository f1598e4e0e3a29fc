import type { AddNodeSummary } from "../../operations/add-node/add-node.js";
import { seconds } from "../progress/plain.js";
import { section, table } from "./table.js";

/** The summary of `add-node` as people read it. */
export function addNodeText(summary: AddNodeSummary): string {
  const steps = summary.steps.filter((step) => !step.skipped).map((step) => [step.title, seconds(step.milliseconds)]);
  const isNews = summary.nodes.some(({ outcome }) => outcome !== "present");
  return [
    "",
    isNews
      ? `Cluster ${summary.cluster} has ${summary.nodes.length === 1 ? "a node" : `${summary.nodes.length} nodes`} more, Ready.`
      : `Nothing to add, Ready in cluster ${summary.cluster} already: ${summary.nodes.map(({ name }) => name).join(", ")}.`,
    "",
    table(
      ["node", "role", "address", "outcome"],
      summary.nodes.map((node) => [node.name, node.role, node.address, node.outcome]),
    ),
    ...(isNews ? ["", table(["step", "time"], [...steps, ["total", seconds(summary.milliseconds)]])] : []),
    ...section("Warnings:", summary.warnings),
    ...section("Notice from the nodes:", summary.notices),
    ...section("Next:", summary.next),
  ].join("\n");
}
