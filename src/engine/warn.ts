import type { ClusterContext } from "./context.js";

/** Tells a warning now and again in the summary. */
export function warn(context: Pick<ClusterContext, "warnings" | "progress">, message: string): void {
  context.warnings.push(message);
  context.progress.warn(message);
}
