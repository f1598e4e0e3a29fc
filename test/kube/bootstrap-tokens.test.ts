import { describe, expect, it } from "vitest";
import { bootstrapToken, tokenState } from "../../src/kube/bootstrap-tokens.js";
import type { KubeObject } from "../../src/kube/kube-api.js";
import { tokenSecret } from "../../src/kube/token-secret.js";

const token = "abcdef.0123456789abcdef";
const now = new Date("2026-03-10T12:00:00.123Z");
const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000);

function changed(changes: Readonly<Record<string, string | undefined>>): KubeObject {
  const secret = tokenSecret(token, now, "x");
  const fields = { ...(secret["stringData"] as Readonly<Record<string, string>>), ...changes };
  return {
    ...secret,
    stringData: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  };
}

describe("a bootstrap token that is shown", () => {
  it("has everything but its secret half", () => {
    const shown = bootstrapToken(changed({}), now);
    expect(shown).toEqual({
      ...{ id: "abcdef", expires: "2026-03-10T14:00:00Z", expired: false, description: "x" },
      usages: ["authentication", "signing"],
      groups: ["system:bootstrappers:kubeadm:default-node-token"],
    });
    expect(JSON.stringify(shown)).not.toContain("0123456789abcdef");
  });

  it("may lack an end, usages, groups and a description", () => {
    const none = {
      expiration: undefined,
      description: undefined,
      "auth-extra-groups": undefined,
      "token-id": undefined,
    };
    const unused = { "usage-bootstrap-authentication": undefined, "usage-bootstrap-signing": "false" };
    expect(bootstrapToken(changed({ ...none, ...unused }), now)).toEqual({
      ...{ id: "abcdef", expires: null, expired: false, usages: [], groups: [], description: "" },
    });
  });

  it.each([
    ["2026-03-10T12:00:00Z", true],
    ["2026-03-10T12:00:01Z", false],
    ["soon", true],
  ])("that ends at %s: expired %s", (expiration, expired) => {
    expect(bootstrapToken(changed({ expiration }), now).expired).toBe(expired);
  });
});

describe("the state of a token", () => {
  it.each([
    ["fresh", changed({}), now, "valid"],
    ["without an end", changed({ expiration: undefined }), now, "valid"],
    ["a few minutes left", changed({}), minutes(110), "expiring"],
    ["after its end", changed({}), minutes(121), "expired"],
    ["an end that is no date", changed({ expiration: "soon" }), now, "expired"],
    ["not in the cluster", undefined, now, "missing"],
    ["another secret half", changed({ "token-secret": "fedcba9876543210" }), now, "unusable"],
    ["not for signing", changed({ "usage-bootstrap-signing": undefined }), now, "unusable"],
  ] as const)("%s", (_name, secret, at, state) => {
    expect(tokenState(secret, at, token)).toBe(state);
  });
});
