import { until } from "../base/wait.js";
import { textsOf } from "../kube/fields.js";
import { tokenId, tokenIsGood, tokenSecret, tokenSecretPath } from "../kube/token-secret.js";
import type { ClusterContext } from "../engine/context.js";
import { asPart } from "../engine/timeline.js";
import { maybe, overall, type Item } from "../engine/item.js";
import { NotKnownYet } from "../engine/not-known-yet.js";
import { connectApi } from "./connect-api.js";
import { retryWhileApiUnavailable } from "./retry-while-api-unavailable.js";
import { kubeForPlan, seenMasters } from "./seen-masters.js";

const ACTION = "make-token";

/**
 * What nodes that join need of `cluster-token`: nothing when the cluster is made in this run, or knows the token with
 * time to live. Where nobody can tell, it is made known again, which does no harm. `isSure` is whether one joins for sure.
 */
export async function planToken(context: ClusterContext, isSure: boolean): Promise<readonly Item[]> {
  if (context.api.isNew || (await seenMasters(context)).areAllNew) return [];
  const item = overall(ACTION, "make the token in cluster-token known to the cluster again");
  try {
    if (await knowsToken(context)) return [];
    return [isSure ? item : maybe(item, "where a node joins")];
  } catch (error) {
    context.signal.throwIfAborted();
    return [error instanceof NotKnownYet ? maybe(item, `where it has expired, ${error.until}`) : item];
  }
}

async function knowsToken(context: ClusterContext): Promise<boolean> {
  const kube = await kubeForPlan(context);
  const { token } = context.secrets;
  // One that has still to be made is known to nobody.
  if (token === "") return false;
  const existing = await retryWhileApiUnavailable(context, () => kube.find(tokenSecretPath(token)));
  return existing !== undefined && tokenIsGood(existing, new Date(), token);
}

/** Makes the token known to the cluster when that is among the items. */
export async function makePlannedToken(context: ClusterContext, items: readonly Item[]): Promise<void> {
  if (!items.some(({ node, action }) => node === undefined && action === ACTION)) return;
  const kube = await connectApi(context, "prepared");
  context.log.persist();
  const secret = tokenSecret(context.secrets.token, new Date(), "alpine-k8s up");
  await retryWhileApiUnavailable(context, () => kube.apply([secret], "alpine-k8s", context.signal));
}

/** What nodes that join read first, with a signature for each token that they may bring. */
const CLUSTER_INFO = "/api/v1/namespaces/kube-public/configmaps/cluster-info";
/** Milliseconds until kubeadm is left to wait for the signature itself. */
const SIGNING = 30_000;

/**
 * Waits until the cluster's public ConfigMap is signed with the token. kubeadm, which looks only each five seconds, then
 * need not wait. Fails never: kubeadm tells better what is wrong.
 */
export async function awaitSignature(context: ClusterContext, token: string): Promise<void> {
  const { signal, tools } = context;
  const key = `jws-kubeconfig-${tokenId(token)}`;
  try {
    const kube = await connectApi(context, "prepared");
    const signing = until({
      ...{ what: "the token's signature", every: 100, atMost: SIGNING, signal, clock: tools.clock },
      check: async () => {
        const found = await kube.find(CLUSTER_INFO, signal).catch(() => undefined);
        return textsOf(found?.["data"])[key] === undefined ? "it is not there yet" : undefined;
      },
    });
    await asPart(context.log, { node: null, part: "wait", waitsFor: "the token's signature" }, () => signing);
  } catch {
    signal.throwIfAborted();
  }
}
