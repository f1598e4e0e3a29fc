import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/kube/kube-api.js";
import { tokenIsGood, tokenSecret, tokenSecretPath } from "../../src/kube/token-secret.js";

const token = "abcdef.0123456789abcdef";
const now = new Date("2026-03-10T12:00:00.123Z");
const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000);

/** The Secret as the API returns it: everything in base64 under data. */
function stored(secret: KubeObject, changes: Readonly<Record<string, string | undefined>> = {}): KubeObject {
  const { stringData, ...rest } = secret;
  const fields = { ...(stringData as Record<string, string>), ...changes };
  const entries = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...rest, data: Object.fromEntries(entries.map(([name, value]) => [name, btoa(value)])) };
}

describe("tokenSecret", () => {
  it("is what kubeadm writes, for two hours", () => {
    expect(tokenSecret(token, now, "alpine-k8s up")).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" },
      type: "bootstrap.kubernetes.io/token",
      stringData: {
        description: "alpine-k8s up",
        "token-id": "abcdef",
        "token-secret": "0123456789abcdef",
        expiration: "2026-03-10T14:00:00Z",
        "usage-bootstrap-authentication": "true",
        "usage-bootstrap-signing": "true",
        "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
      },
    });
  });

  it("lives as long as asked, under the path of its id", () => {
    const secret = tokenSecret(token, now, "add-node", 10 * 60_000);
    expect(secret["stringData"]).toMatchObject({ expiration: "2026-03-10T12:10:00Z" });
    expect(tokenSecretPath(token)).toBe("/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef");
  });
});

describe("tokenIsGood", () => {
  const secret = tokenSecret(token, now, "x");
  const cases: readonly [string, KubeObject, Date, boolean][] = [
    ["fresh", stored(secret), now, true],
    ["not through the API yet", secret, now, true],
    ["a quarter of an hour left", stored(secret), minutes(104), true],
    ["less than that", stored(secret), minutes(106), false],
    ["expired", stored(secret), minutes(300), false],
    ["without an end", stored(secret, { expiration: undefined }), minutes(9999), true],
    ["an end that is no date", stored(secret, { expiration: "soon" }), now, false],
    ["not for authentication", stored(secret, { "usage-bootstrap-authentication": "false" }), now, false],
    ["not for signing", stored(secret, { "usage-bootstrap-signing": undefined }), now, false],
    ["for another group", stored(secret, { "auth-extra-groups": "system:bootstrappers:x" }), now, false],
    ["with another secret half", stored(secret, { "token-secret": "fedcba9876543210" }), now, false],
  ];
  it.each(cases)("%s", (_name, object, at, good) => {
    expect(tokenIsGood(object, at, token)).toBe(good);
  });
});
