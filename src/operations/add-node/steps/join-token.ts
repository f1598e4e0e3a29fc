import { AlpineK8sError, messageOf } from "../../../base/errors.js";
import type { KubeApi } from "../../../kube/kube-api.js";
import { tokenSecret, tokenSecretPath } from "../../../kube/token-secret.js";
import { generateToken } from "../../../model/token/token.js";
import type { AddNodeContext } from "../context.js";
import { joinTokens, noteJoinToken, revokeJoinTokens } from "../../../control-plane/join-tokens.js";
import { awaitSignature } from "../../../control-plane/cluster-token.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import { retryWhileApiUnavailable } from "../../../control-plane/retry-while-api-unavailable.js";
import { maybe, overall, type Item } from "../../../engine/item.js";
import { isSureToJoin, needsToken } from "../../../nodes/plan-join.js";
import { seenPending } from "./seen-pending.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";
import { joiners } from "./check-reach.js";

/** Milliseconds until the token of one run expires if it is not revoked: masters join one after the other. */
function tokenLife(context: AddNodeContext): number {
  const masters = joiners(context).filter(({ node }) => node.role === "master").length;
  return Math.max(1, masters) * 15 * 60_000;
}

/** Milliseconds for revoking when the run is ending anyway; the token expires by itself. */
const REVOKE_LIMIT = 10_000;

/** A random bootstrap token for this run alone, whatever became of `cluster-token`. */
export const makeToken: Step<AddNodeContext> = {
  id: "make-token",
  title: "Make a join token",
  plan: async (context) => {
    const needed = await tokenItems(context, overall("make-token", "make a join token for this run alone"));
    return needed.length === 0 ? "nobody joins" : needed;
  },
  run: async (context) => {
    const kube = await connectApi(context, "prepared");
    const token = await retryWhileApiUnavailable(context, () => unusedToken(kube, context.signal));
    const names = joiners(context).map(({ node }) => node.name);
    const secret = tokenSecret(token, new Date(), `alpine-k8s add-node ${names.join(" ")}`, tokenLife(context));
    context.log.persist();
    // From here on the API may have it, even if its answer never arrives, or this run is killed.
    await noteJoinToken(context.paths.joinTokens, token);
    context.token.give(token);
    await retryWhileApiUnavailable(context, () => kube.apply([secret], "alpine-k8s", context.signal));
    await awaitSignature(context, token);
  },
};

/** The item when a node joins as a new member, and so takes a token; one that may be when nobody can tell yet. */
async function tokenItems(context: AddNodeContext, item: Item): Promise<readonly Item[]> {
  const seen = await seenPending(context);
  if (!seen.some(needsToken)) return [];
  return [seen.some(isSureToJoin) ? item : maybe(item, "where a node joins")];
}

/** An id that is taken would be another token's Secret, overwritten now and revoked later. */
async function unusedToken(kube: KubeApi, signal: AbortSignal): Promise<string> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const token = generateToken();
    if ((await kube.find(tokenSecretPath(token), signal)) === undefined) return token;
  }
  throw new AlpineK8sError("bug", "three random token ids in a row were taken");
}

/** Revokes this run's token and those of runs that were killed, no others. */
export const revokeToken: Step<AddNodeContext> = {
  id: "revoke-token",
  title: "Revoke the join token",
  plan: async (context) => {
    const revoke = overall("revoke-token", "revoke the join token");
    if ((await joinTokens(context.paths.joinTokens)).length > 0) return [revoke];
    // Known to nobody yet when this is only planned.
    const needed = await tokenItems(context, revoke);
    return needed.length === 0 ? "there is none" : needed;
  },
  run: async (context) => {
    try {
      await retryWhileApiUnavailable(context, () => revoke(context, context.signal));
    } catch (error) {
      context.signal.throwIfAborted();
      const minutes = tokenLife(context) / 60_000;
      warn(context, `the join token was not revoked (${messageOf(error)}); it expires within ${minutes} minutes`);
    }
  },
};

async function revoke(context: AddNodeContext, signal: AbortSignal): Promise<void> {
  await revokeJoinTokens(context.paths.joinTokens, await connectApi(context, "prepared"), signal);
  context.token.give(undefined);
}

/** After a failure or Ctrl-C: tries for some seconds and ignores a failure. */
export async function revokeLeftToken(context: AddNodeContext): Promise<void> {
  if (context.token.value === undefined) return;
  await revoke(context, AbortSignal.timeout(REVOKE_LIMIT)).catch(() => undefined);
}
