import type { KubeObject } from "./kube-object.js";
import { secretFields, tokenIsGood } from "./token-secret.js";

/** REST path of all bootstrap tokens: the Secrets of their type, as kubeadm lists them. */
export const BOOTSTRAP_TOKENS =
  "/api/v1/namespaces/kube-system/secrets?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken";

/** A bootstrap token as it may be shown: everything but its secret half. */
export interface BootstrapToken {
  readonly id: string;
  /** RFC 3339; null for a token that never expires. */
  readonly expires: string | null;
  readonly expired: boolean;
  /** `authentication`, `signing`. */
  readonly usages: readonly string[];
  readonly groups: readonly string[];
  readonly description: string;
}

/** What the Secret of a token says, without its secret half. */
export function bootstrapToken(secret: KubeObject, now: Date): BootstrapToken {
  const field = secretFields(secret);
  const expires = field("expiration") ?? null;
  return {
    id: field("token-id") ?? secret.metadata.name.replace(/^bootstrap-token-/, ""),
    expires,
    // A token with an unreadable date counts as expired: the API server refuses it.
    expired: expires !== null && !(Date.parse(expires) > now.getTime()),
    usages: ["authentication", "signing"].filter((usage) => field(`usage-bootstrap-${usage}`) === "true"),
    groups: (field("auth-extra-groups") ?? "").split(",").filter((group) => group !== ""),
    description: field("description") ?? "",
  };
}

/** The state that a token from a file has in the cluster. */
export type TokenState = "valid" | "expiring" | "expired" | "missing" | "unusable";

/**
 * Whether nodes can join with the token: `expiring` when it expires sooner than a join may need, `missing` when the
 * cluster does not know it, `unusable` when its secret half differs in the cluster or it may not be used for a join.
 */
export function tokenState(secret: KubeObject | undefined, now: Date, token: string): TokenState {
  if (secret === undefined) return "missing";
  if (tokenIsGood(secret, now, token)) return "valid";
  if (bootstrapToken(secret, now).expired) return "expired";
  const beforeItsEnd = new Date(0);
  return tokenIsGood(secret, beforeItsEnd, token) ? "expiring" : "unusable";
}
