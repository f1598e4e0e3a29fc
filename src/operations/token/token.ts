import { AlpineK8sError } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { BOOTSTRAP_TOKENS, bootstrapToken, tokenState, type BootstrapToken } from "../../kube/bootstrap-tokens.js";
import type { TokenState } from "../../kube/bootstrap-tokens.js";
import { tokenSecretPath } from "../../kube/token-secret.js";
import { parseToken, tokenId } from "../../model/token/token.js";
import { connectApi } from "../../control-plane/connect-api.js";
import { retryWhileApiUnavailable } from "../../control-plane/retry-while-api-unavailable.js";
import type { ClusterContext } from "../../engine/context.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";

/** The shape of `token list -o json`, documented in docs/json.md. Without the secret parts. */
export interface TokenList {
  readonly cluster: string;
  /** Those that expire first come first, those that never expire last. */
  readonly tokens: readonly BootstrapToken[];
}

/** The bootstrap tokens that the cluster knows. Changes nothing. Throws `unhealthy` when its API cannot be asked. */
export async function listTokens(input: RunInput): Promise<TokenList> {
  return withRun(input, { command: "token list", lock: false }, async ({ context }) => {
    const tokens = await tokensOf(context, new Date());
    return { cluster: context.identity.name, tokens };
  });
}

/** The tokens that the cluster knows, as `token list` shows them; `now` decides which have expired. */
export async function tokensOf(context: ClusterContext, now: Date): Promise<readonly BootstrapToken[]> {
  const kube = await connectApi(context, "required");
  const secrets = await retryWhileApiUnavailable(context, () => kube.list(BOOTSTRAP_TOKENS, context.signal));
  const end = ({ expires }: BootstrapToken): number => (expires === null ? Infinity : Date.parse(expires) || 0);
  return secrets
    .map((secret) => bootstrapToken(secret, now))
    .sort((one, other) => end(one) - end(other) || (one.id < other.id ? -1 : 1));
}

/** The shape of `token show -o json`, documented in docs/json.md. The token itself is only in the file. */
export interface ShownToken {
  readonly cluster: string;
  /** Path of cluster-token. */
  readonly file: string;
  /** The id (public part) of the token in the file; null when there is no file. */
  readonly id: string | null;
  /** `none` when there is no file. */
  readonly state: TokenState | "none";
  /** RFC 3339; null when the cluster does not know the token, or it never expires. */
  readonly expires: string | null;
  /** What a node needs besides the token to join. */
  readonly endpoint: string;
  readonly caCertHash: string;
}

/**
 * What the file cluster-token holds and whether nodes can join with it. Changes nothing. Throws `unhealthy` when the
 * cluster's API cannot be asked.
 */
export async function showToken(input: RunInput): Promise<ShownToken> {
  return withRun(input, { command: "token show", lock: false }, async ({ context }) => {
    const { paths, identity } = context;
    const token = await tokenInFile(context);
    const facts = { endpoint: `${identity.endpointName}:6443`, caCertHash: identity.caHash };
    const common = { cluster: identity.name, file: paths.token };
    if (token === undefined) return { ...common, id: null, state: "none", expires: null, ...facts };
    const kube = await connectApi(context, "required").catch((error: unknown) => {
      context.signal.throwIfAborted();
      throw notTold(tokenId(token), error);
    });
    const now = new Date();
    const path = tokenSecretPath(token);
    const secret = await retryWhileApiUnavailable(context, () => kube.find(path, context.signal));
    return {
      ...{ ...common, id: tokenId(token), state: tokenState(secret, now, token) },
      expires: secret === undefined ? null : bootstrapToken(secret, now).expires,
      ...facts,
    };
  });
}

/** Names the token in the file even when the cluster cannot be asked about it. */
function notTold(id: string, error: unknown): unknown {
  if (!(error instanceof AlpineK8sError)) return error;
  const { kind, message, hints, node } = error;
  const what = `cluster-token holds the token ${id}; whether nodes can join with it cannot be told: ${message}`;
  return new AlpineK8sError(kind, what, { hints, ...(node === undefined ? {} : { node }), cause: error });
}

/** The token in the file, or nothing when there is no file; a plan would make a new one. */
export async function tokenInFile({ paths }: Pick<ClusterContext, "paths">): Promise<string | undefined> {
  const text = await readIfExists(paths.token);
  return text === undefined ? undefined : parseToken(text, paths.token);
}
