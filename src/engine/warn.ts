import type { ClusterContext } from "./context.js";

/** Shows a warning at once and once more in the summary. */
export function warn(context: Pick<ClusterContext, "warnings" | "progress">, message: string): void {
  context.warnings.push(message);
  context.progress.warn(message);
}
