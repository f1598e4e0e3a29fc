import { connectApi } from "../../control-plane/connect-api.js";
import type { ClusterContext } from "../../engine/context.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";
import { comesLater } from "../../kube/again-later.js";
import type { KubeApi } from "../../kube/kube-api.js";
import { MetricsNotReady } from "../../kube/metrics/read-metrics.js";
import { lookingTools } from "../../nodes/looking-tools.js";

/** How a look is repeated, and who gets what is seen. */
export interface Watch<T> {
  /** Milliseconds from one look to the next. */
  readonly every: number;
  readonly onLook: (seen: T) => void;
  /** Called when a later look finds nothing, with the reason; the next one may. */
  readonly onProblem: (reason: string) => void;
}

/** One look at the cluster by its API. */
type Look<T> = (kube: KubeApi, context: ClusterContext) => Promise<T>;

/**
 * Connects to the folder's cluster without a lock, changes nothing, and looks once. With `watch` it goes on until the
 * signal aborts, and throws its reason then. The first look's error is thrown; of later ones those that may pass are told.
 */
export async function lookByApi<T>(input: RunInput, command: string, look: Look<T>, watch?: Watch<T>): Promise<T> {
  const tools = lookingTools(input.tools);
  const options = { command, lock: false, allowBrokenFolder: true, isDryRun: true };
  return withRun({ ...input, tools }, options, async ({ context }) => {
    const kube = await connectApi(context, "required");
    const seen = await look(kube, context);
    if (watch === undefined) return seen;
    watch.onLook(seen);
    return lookAgain(context, () => look(kube, context), watch);
  });
}

async function lookAgain<T>(
  { tools, signal }: ClusterContext,
  look: () => Promise<T>,
  watch: Watch<T>,
): Promise<never> {
  for (;;) {
    await tools.clock.sleep(watch.every, signal).catch(() => undefined);
    signal.throwIfAborted();
    try {
      watch.onLook(await look());
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MetricsNotReady) && !comesLater(error)) throw error;
      watch.onProblem(error.message);
    }
  }
}
