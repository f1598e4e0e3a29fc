import { KubeError } from "../kube/kube-error.js";
import type { ClusterContext } from "./context.js";

/** Milliseconds that an API which stalls is given. */
const PATIENCE = 60_000;
const EVERY = 2_000;

/**
 * Does work with the API, again for a minute as long as it does not answer or is not able to: on a slow machine it is
 * started anew and its store elects a leader while nodes join. The work must be such that it may be done twice.
 */
export async function patiently<T>(
  { tools, signal, progress }: Pick<ClusterContext, "tools" | "signal" | "progress">,
  work: () => Promise<T>,
): Promise<T> {
  const { clock } = tools;
  const started = clock.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error) || clock.now() - started + EVERY > PATIENCE) throw error;
      progress.detail(`${error.message}; it is tried again`);
      await clock.sleep(EVERY, signal);
    }
  }
}

function mayPass(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 0 || error.status === 429 || error.status >= 500);
}
