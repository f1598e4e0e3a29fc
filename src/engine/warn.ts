import type { ClusterContext } from "./context.js";

/** Shows a warning at once and once more in the summary. */
export function warn(context: Pick<ClusterContext, "report" | "progress">, message: string): void {
  context.report.addWarning(message);
  context.progress.warn(message);
}
