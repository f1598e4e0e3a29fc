import { textsOf } from "./fields.js";
import type { KubeObject } from "./kube-object.js";

const TTL = 2 * 3600_000;

/** Milliseconds for which a token must still be valid: with less it could expire during a join. */
const SHORTEST_LIFE = 15 * 60_000;

/**
 * The Secret of a bootstrap token (kubernetes.io "bootstrap tokens"; fields as kubeadm writes them). `token` is
 * `<id>.<secret>`; it expires after `ttl` milliseconds, by default two hours as in our configuration for kubeadm.
 */
export function tokenSecret(token: string, now: Date, description: string, ttl = TTL): KubeObject {
  const { id, secret } = split(token);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData: {
      description,
      "token-id": id,
      "token-secret": secret,
      expiration: new Date(now.getTime() + ttl).toISOString().replace(/\.\d+Z$/, "Z"),
      "usage-bootstrap-authentication": "true",
      "usage-bootstrap-signing": "true",
      "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
    },
  };
}

/** The public half of a token. */
export function tokenId(token: string): string {
  return split(token).id;
}

/** REST path of the Secret of a token. */
export function tokenSecretPath(token: string): string {
  return `/api/v1/namespaces/kube-system/secrets/bootstrap-token-${split(token).id}`;
}

/**
 * Whether nodes can join with a token, according to its Secret: it is valid for at least 15 more minutes, for both
 * usages and for the group that may join. With `token` the secret half must match, too.
 */
export function tokenIsGood(secret: KubeObject, now: Date, token?: string): boolean {
  const field = secretFields(secret);
  if (token !== undefined && field("token-secret") !== split(token).secret) return false;
  if (field("usage-bootstrap-authentication") !== "true" || field("usage-bootstrap-signing") !== "true") return false;
  const groups = field("auth-extra-groups")?.split(",") ?? [];
  if (!groups.includes("system:bootstrappers:kubeadm:default-node-token")) return false;
  const expiration = field("expiration");
  return expiration === undefined || Date.parse(expiration) - now.getTime() >= SHORTEST_LIFE;
}

/** Reads the fields of a Secret as text: from `stringData`, or from the base64 of `data`, as the API returns it. */
export function secretFields(secret: KubeObject): (name: string) => string | undefined {
  const data = textsOf(secret["data"]);
  const plain = textsOf(secret["stringData"]);
  return (name) => {
    const encoded = data[name];
    return plain[name] ?? (encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8"));
  };
}

function split(token: string): { id: string; secret: string } {
  const [id = "", secret = ""] = token.split(".");
  return { id, secret };
}
