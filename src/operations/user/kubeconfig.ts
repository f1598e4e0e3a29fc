import { requestToken, SHORTEST_TOKEN } from "../../access/token.js";
import type { User } from "../../access/user.js";
import { checkName } from "../../access/wish.js";
import { AlpineK8sError } from "../../base/errors.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";
import type { KubeApi } from "../../kube/kube-api.js";
import { keyInUserConfig, type UserCredential } from "../../kubeconfig/user-config.js";
import { isKeyOf } from "../../pki/signing-request.js";
import { configFile, leading, putConfigFile, type ConfigFile } from "./config-file.js";
import { demandUser, isWhole } from "./users.js";

export interface UserKubeconfigInput extends RunInput {
  readonly name: string;
  readonly file: string | undefined;
}

/** The shape of `user kubeconfig -o json`, documented in docs/json.md. */
export interface UserKubeconfig {
  readonly cluster: string;
  readonly user: string;
  readonly kind: string;
  /** RFC 3339. */
  readonly expires: string;
  readonly kubeconfig: string;
}

/**
 * Writes a user's kubeconfig once more, leading where the cluster's API is now. A token is a new one that ends when the
 * first one does and is revoked with it; the key of a certificate is taken from the file that is there. Throws `usage` when
 * it has no key, when the user has ended, and when the file is somebody else's.
 */
export async function userKubeconfig(input: UserKubeconfigInput): Promise<UserKubeconfig> {
  const { name, signal } = input;
  return withRun(input, { command: "user kubeconfig", subject: name, lock: true }, async ({ context }) => {
    checkName(name);
    const kube = await connectApi(context, "required");
    const user = await demandUser(kube, name, signal);
    if (!(await isWhole(kube, user, signal))) {
      throw refused(
        `user ${name} is not there as a whole: adding or renewing it was cut off, or somebody deleted a part`,
        user,
      );
    }
    const file = await configFile(context, name, input.file);
    const to = await leading(context);
    const { credential, expires } = await credentialOf(kube, user, file, signal);
    await putConfigFile(file, { ...to, user: name, namespace: user.namespace }, credential);
    return { cluster: context.identity.name, user: name, kind: user.kind, expires, kubeconfig: file.path };
  });
}

async function credentialOf(
  kube: KubeApi,
  user: User,
  file: ConfigFile,
  signal: AbortSignal,
): Promise<{ readonly credential: UserCredential; readonly expires: string }> {
  const { name, issue, expires, certificate, key } = user;
  const seconds = Math.floor((Date.parse(expires) - Date.now()) / 1000);
  if (!(seconds >= SHORTEST_TOKEN)) throw refused(`the ${user.kind} of user ${name} ends at ${expires}`, user);
  if (certificate === null) {
    const made = await requestToken(kube, name, { issue, seconds, signal });
    return { credential: { token: made.token }, expires: made.expires };
  }
  if (key === "elsewhere") return { credential: { certificate, keyFile: `${name}.key` }, expires };
  const kept = file.before === undefined ? undefined : keyInUserConfig(file.before);
  if (kept !== undefined && isKeyOf(certificate, kept)) return { credential: { certificate, key: kept }, expires };
  throw refused(
    `the key of user ${name} is only in the kubeconfig that was written, and ${file.path} does not have it`,
    user,
  );
}

function refused(why: string, { name, key }: User): AlpineK8sError {
  const request = key === "elsewhere" ? " --csr FILE" : "";
  return new AlpineK8sError("usage", why, { hints: [`alpine-k8s user renew ${name}${request}`] });
}
