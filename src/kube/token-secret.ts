import type { KubeObject } from "./kube-object.js";

const TTL = 2 * 3600_000;

/** Less life than this, in milliseconds, and a join could outlast the token. */
const SHORTEST_LIFE = 15 * 60_000;

/**
 * The Secret by which the API knows a bootstrap token (kubernetes.io "bootstrap tokens"; fields as kubeadm writes
 * them). `token` is `<id>.<secret>`; it lives for `ttl` milliseconds, by default two hours as kubeadm's config says.
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

/** REST path of the Secret of a token. */
export function tokenSecretPath(token: string): string {
  return `/api/v1/namespaces/kube-system/secrets/bootstrap-token-${split(token).id}`;
}

/**
 * Whether a token's Secret, as the API shows it, lets nodes join for a while yet: for at least a quarter of an hour,
 * for both usages, for the group that may join. With `token` its secret half must be the same, too.
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

/** Reads the fields of a Secret as text, from the API (base64) or before it went there. */
export function secretFields(secret: KubeObject): (name: string) => string | undefined {
  const data = (secret["data"] ?? {}) as Readonly<Record<string, string>>;
  const plain = (secret["stringData"] ?? {}) as Readonly<Record<string, string>>;
  return (name) => {
    const encoded = data[name];
    return plain[name] ?? (encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8"));
  };
}

function split(token: string): { id: string; secret: string } {
  const [id = "", secret = ""] = token.split(".");
  return { id, secret };
}
