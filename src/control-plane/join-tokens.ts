import { rm } from "node:fs/promises";
import { messageOf } from "../base/errors.js";
import { readIfExists, writeAtomically } from "../base/files.js";
import type { KubeApi } from "../kube/kube-api.js";
import { tokenSecretPath } from "../kube/token-secret.js";
import { tokenId } from "../model/token/token.js";
import type { ClusterContext } from "../engine/context.js";
import { connectApi } from "./connect-api.js";
import { warn } from "../engine/warn.js";

/** Ids (the public part) of the tokens that runs of `add-node` made and have not revoked. */
export async function joinTokens(path: string): Promise<readonly string[]> {
  const text = (await readIfExists(path)) ?? "";
  return text.split("\n").filter((line) => line !== "");
}

/**
 * Notes a token before it is created in the API: a run that is killed cannot revoke its token, so the next one does.
 */
export async function noteJoinToken(path: string, token: string): Promise<void> {
  const ids = [...(await joinTokens(path)), tokenId(token)];
  await writeAtomically(path, ids.map((id) => `${id}\n`).join(""));
}

/** Deletes all noted tokens from the cluster, and no other. */
export async function revokeJoinTokens(path: string, kube: KubeApi, signal: AbortSignal): Promise<void> {
  for (const id of await joinTokens(path)) await kube.delete(tokenSecretPath(`${id}.`), signal);
  await rm(path, { force: true });
}

/**
 * Revokes what a killed `add-node` left, at the end of a run that has done its work; a failure is a warning, for tokens
 * expire.
 */
export async function revokeLeftJoinTokens(context: ClusterContext): Promise<void> {
  const { paths, signal } = context;
  if ((await joinTokens(paths.joinTokens)).length === 0) return;
  try {
    await revokeJoinTokens(paths.joinTokens, await connectApi(context, "prepared"), signal);
  } catch (error) {
    signal.throwIfAborted();
    warn(context, `the join token of an add-node that was killed was not revoked (${messageOf(error)}); it expires`);
  }
}
