import type { UpSummary } from "../../operations/up/summary.js";
import { seconds } from "../progress/plain.js";
import { longestLine } from "./longest.js";
import { section, table } from "./table.js";

/** The summary of `up` as people read it. */
export function upText(summary: UpSummary): string {
  const steps = summary.steps.filter((step) => !step.skipped).map((step) => [step.title, seconds(step.milliseconds)]);
  return [
    "",
    `Cluster ${summary.cluster} is up: Kubernetes ${summary.kubernetesVersion}, provider ${summary.provider}.`,
    "",
    table(
      ["node", "role", "address"],
      summary.nodes.map((node) => [node.name, node.role, node.address]),
    ),
    "",
    table(["step", "time"], [...steps, ["total", seconds(summary.milliseconds)]]),
    ...longestLine(summary.longest),
    ...section("Ignored preflight errors:", summary.ignoredPreflightErrors),
    ...section("Warnings:", summary.warnings),
    ...section("Notice from the nodes:", summary.notices),
    ...section("Next:", summary.next),
  ].join("\n");
}
