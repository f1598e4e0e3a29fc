import type { ClusterContext } from "./context.js";
import { noteWait } from "./timeline.js";

/** Name of the run's log that keeps what was waited for. */
const LOG = "waits";

/**
 * Tells what a run waits for, on the progress line of the running step, in the run's log and its timeline; undefined:
 * for nothing any more.
 */
export function tellWait(
  { progress, log }: Pick<ClusterContext, "progress" | "log">,
  reason: string | undefined,
): void {
  progress.waiting(reason);
  if (reason !== undefined) log.write(LOG, reason);
  noteWait(log, reason);
}
