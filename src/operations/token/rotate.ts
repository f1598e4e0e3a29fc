import { AlpineK8sError } from "../../base/errors.js";
import { SECRET_MODE, writeAtomically } from "../../base/files.js";
import type { BootstrapToken } from "../../kube/bootstrap-tokens.js";
import { tokenSecret, tokenSecretPath } from "../../kube/token-secret.js";
import { generateToken, tokenId } from "../../model/token/token.js";
import { connectApi } from "../../control-plane/connect-api.js";
import { retryWhileApiUnavailable } from "../../control-plane/retry-while-api-unavailable.js";
import type { ClusterContext } from "../../engine/context.js";
import { overall, type Plan } from "../../engine/item.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { result, type OwnResult } from "../../engine/result.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { tokenInFile, tokensOf } from "./token.js";
import { withRun } from "../../engine/with-run.js";
import type { RunInput } from "../../engine/run-input.js";

/** The shape of `token rotate -o json`, documented in docs/json.md. */
export interface RotatedToken {
  readonly cluster: string;
  /** Path of cluster-token, which holds the new token. */
  readonly file: string;
  /** The id (public part) of the new token. */
  readonly id: string;
  /** RFC 3339. */
  readonly expires: string;
  /** Ids of the tokens that the cluster no longer accepts. */
  readonly revoked: readonly string[];
}

/** Descriptions of the file's tokens in the cluster: from kubeadm's init, from `up`, from this command. */
const OF_THE_FILE = ["made by alpine-k8s up", "alpine-k8s up"];
const ROTATED = "alpine-k8s token rotate";

/**
 * Gives the folder and the cluster a new token, for two hours, and revokes the old ones. At every moment the file holds
 * a token that the cluster accepts: the new one is made first, then written, then the old ones are revoked. After an
 * interruption the same command finishes the work: it knows the file's tokens by their descriptions, and the
 * description of a new one names the one that it replaces.
 */
export async function rotateToken(input: RunInput): Promise<RotatedToken> {
  return withRun(input, { command: "token rotate", lock: true }, async ({ context }) => {
    const rotation = await beginRotation(context);
    await runSteps(rotationSteps(rotation), context);
    const { token, expires } = madeBy(rotation);
    const revoked = rotation.revoked.value ?? [];
    return { cluster: context.identity.name, file: context.paths.token, id: tokenId(token), expires, revoked };
  });
}

/** What {@link rotateToken} would do now. Asks the cluster for its tokens, and makes and changes none. */
export async function planRotation(input: RunInput): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  return withRun(planning, { command: "token rotate", lock: false, isDryRun: true }, async ({ context }) => {
    const steps = await planSteps(rotationSteps(await beginRotation(context)), context);
    return { command: "token rotate", cluster: context.identity.name, steps };
  });
}

async function beginRotation(context: ClusterContext): Promise<Rotation> {
  return { old: await tokenInFile(context), known: result(), made: result(), revoked: result() };
}

interface Rotation {
  readonly old: string | undefined;
  /** The cluster's tokens before the rotation. */
  readonly known: OwnResult<readonly BootstrapToken[]>;
  readonly made: OwnResult<NewToken>;
  readonly revoked: OwnResult<readonly string[]>;
}

interface NewToken {
  readonly token: string;
  /** RFC 3339. */
  readonly expires: string;
}

function madeBy({ made }: Rotation): NewToken {
  return made.value ?? { token: "", expires: "" };
}

function rotationSteps(rotation: Rotation): readonly Step<ClusterContext>[] {
  return [
    {
      id: "make-token",
      title: "Make a new token in the cluster",
      plan: async (context) => {
        rotation.known.give(await tokensOf(context, new Date()));
        return [overall("make", "make a new token in the cluster, for two hours")];
      },
      run: (context) => makeToken(context, rotation),
    },
    {
      id: "write-token",
      title: "Write cluster-token",
      plan: () => Promise.resolve([overall("write", "write the new token to cluster-token")]),
      run: ({ paths }) => writeAtomically(paths.token, `${madeBy(rotation).token}\n`, SECRET_MODE),
    },
    {
      id: "revoke-tokens",
      title: "Revoke the old tokens",
      plan: () => {
        const items = staleIds(rotation).map((id) => overall(`revoke-${id}`, `revoke the token ${id}`));
        return Promise.resolve(items.length === 0 ? "there are none" : items);
      },
      run: (context) => revokeTokens(context, rotation),
    },
  ];
}

async function makeToken(context: ClusterContext, rotation: Rotation): Promise<void> {
  const now = new Date();
  const token = newToken((rotation.known.value ?? []).map(({ id }) => id));
  const replaced = rotation.old === undefined ? "" : `, in place of ${tokenId(rotation.old)}`;
  const secret = tokenSecret(token, now, `${ROTATED}${replaced}`);
  const kube = await connectApi(context, "required");
  context.log.persist();
  await retryWhileApiUnavailable(context, () => kube.apply([secret], "alpine-k8s", context.signal));
  const expires = (secret["stringData"] as { readonly expiration: string }).expiration;
  rotation.made.give({ token, expires });
  context.log.write("token", `made ${tokenId(token)}, until ${expires}`);
}

/** A random token with an unused id: under a used one it would replace another token. */
function newToken(used: readonly string[]): string {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const token = generateToken();
    if (!used.includes(tokenId(token))) return token;
  }
  throw new AlpineK8sError("bug", "no unused token could be made");
}

async function revokeTokens(context: ClusterContext, rotation: Rotation): Promise<void> {
  const kube = await connectApi(context, "required");
  for (const id of staleIds(rotation)) {
    await retryWhileApiUnavailable(context, () => kube.delete(tokenSecretPath(`${id}.`), context.signal));
    rotation.revoked.give([...(rotation.revoked.value ?? []), id]);
    context.log.write("token", `revoked ${id}`);
  }
}

/** Tokens in the cluster that were once in the file: the last one, and those that interrupted runs left. */
function staleIds(rotation: Rotation): readonly string[] {
  const { old } = rotation;
  const known = rotation.known.value ?? [];
  const ours = known.filter(({ description }) => OF_THE_FILE.includes(description) || description.startsWith(ROTATED));
  const replaced = ours.flatMap(({ description }) => /, in place of ([a-z0-9]{6})$/.exec(description)?.[1] ?? []);
  const stale = new Set([...(old === undefined ? [] : [tokenId(old)]), ...ours.map(({ id }) => id), ...replaced]);
  stale.delete(tokenId(madeBy(rotation).token));
  return known.map(({ id }) => id).filter((id) => stale.has(id));
}
