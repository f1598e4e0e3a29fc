import { messageOf } from "../base/errors.js";
import { comesLater } from "../kube/again-later.js";
import { UnknownKind } from "../kube/api-paths.js";
import type { ApplyHow, KubeApi, KubeObject } from "../kube/kube-api.js";
import { KubeError } from "../kube/kube-error.js";
import type { ClusterContext } from "../engine/context.js";
import { FIELD_MANAGER } from "../addons/inventory/field-manager.js";
import { lostClusterWatch } from "./lost-cluster.js";
import { tellWait } from "../engine/tell-wait.js";
import { apiWait } from "../nodes/node-waits.js";

/** Milliseconds to retry while the API stalls. */
const PATIENCE = 60_000;
/** Milliseconds for the API to serve a newly defined kind, and for controllers to create the first service accounts. */
const SETTLING = 30_000;
const EVERY = 2_000;

type Context = Pick<ClusterContext, "tools" | "signal" | "progress" | "log">;

/**
 * Does work with the API, again for a minute as long as its answer means "again later": on a slow machine it is
 * started anew and its store elects a leader while nodes join. The work must be such that it may be done twice.
 */
export function retryWhileApiUnavailable<T>(context: Context, work: () => Promise<T>): Promise<T> {
  return again(context, work, (error) => (comesLater(error) ? PATIENCE : 0));
}

/**
 * Applies a manifest, in its order, and retries as a young cluster needs: until a kind that the manifest itself defines
 * is served, and the service account of a namespace exists (without it a pod is Forbidden). Ends early when API and
 * masters are gone. Without force the fields of others are an error at once.
 */
export function applyWithRetry(
  context: ClusterContext,
  kube: Pick<KubeApi, "apply">,
  objects: readonly KubeObject[],
  how: ApplyHow = { force: true },
): Promise<void> {
  const work = (): Promise<void> => kube.apply(objects, FIELD_MANAGER, context.signal, how);
  // As in `master.sh`: the cluster may be a minute old.
  const patience = apiWait(context.spec) * 1000;
  const limitOf = (error: unknown): number => (comesLater(error) ? patience : settles(error) ? SETTLING : 0);
  return again(context, work, limitOf, lostClusterWatch(context));
}

/**
 * Runs `work` until it succeeds, or until the limit of its last error, in milliseconds from the beginning, has passed.
 */
async function again<T>(
  context: Context,
  work: () => Promise<T>,
  limitOf: (error: unknown) => number,
  reasonOf: (error: unknown) => string | Promise<string> = messageOf,
): Promise<T> {
  const { tools, signal } = context;
  const { clock } = tools;
  const started = clock.now();
  let last: string | undefined;
  for (;;) {
    try {
      const done = await work();
      if (last !== undefined) tellWait(context, undefined);
      return done;
    } catch (error) {
      signal.throwIfAborted();
      if (clock.now() - started + EVERY > limitOf(error)) throw error;
      const reason = `${await reasonOf(error)}; it is tried again`;
      if (reason !== last) tellWait(context, reason);
      last = reason;
      await clock.sleep(EVERY, signal);
    }
  }
}

function settles(error: unknown): boolean {
  if (error instanceof UnknownKind) return true;
  return error instanceof KubeError && (isUntyped(error) || [403, 404, 405].includes(error.status));
}

/** A field that the kind does not have, reported with status 500; a newer definition of the kind may still come. */
function isUntyped({ message }: KubeError): boolean {
  return message.includes("failed to create typed patch object");
}
