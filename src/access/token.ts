import { AlpineK8sError } from "../base/errors.js";
import { fieldsOf, textOf } from "../kube/fields.js";
import type { KubeApi } from "../kube/kube-api.js";
import { accountObject, pathOf } from "./objects.js";
import { objectName } from "./user.js";

/** A token, and when it ends by the API's word: RFC 3339. */
export interface IssuedToken {
  readonly token: string;
  readonly expires: string;
}

/** Seconds of the shortest token that the API makes (TokenRequestSpec). */
export const SHORTEST_TOKEN = 600;

/**
 * A token of the user's account, bound to the Secret of this issue, for so many seconds. The API may give less
 * (`--service-account-max-token-expiration`). Account and Secret must be there. Throws `unhealthy` when it gives none.
 */
export async function requestToken(
  kube: KubeApi,
  user: string,
  { issue, seconds, signal }: { readonly issue: string; readonly seconds: number; readonly signal: AbortSignal },
): Promise<IssuedToken> {
  const request = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {
      expirationSeconds: seconds,
      boundObjectRef: { apiVersion: "v1", kind: "Secret", name: objectName(user, issue) },
    },
  };
  const answer = await kube.create(`${pathOf(accountObject(user))}/token`, request, signal);
  const { token, expirationTimestamp } = fieldsOf(answer["status"]);
  const expires = textOf(expirationTimestamp) ?? "";
  if (typeof token === "string" && token !== "" && !Number.isNaN(Date.parse(expires))) return { token, expires };
  throw new AlpineK8sError("unhealthy", `the API gave no token for user ${user}, or one without an end`);
}
