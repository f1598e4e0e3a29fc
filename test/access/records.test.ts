import { describe, expect, it } from "vitest";
import { isWhole } from "../../src/operations/user/users.js";
import { recordOf, userIn, type User } from "../../src/access/user.js";
import { lastRefusals } from "../../src/access/refusals.js";
import { isUserConfig, makeUserConfig } from "../../src/kubeconfig/user-config.js";
import { createClusterCa } from "../../src/pki/ca.js";
import type { KubeApi, KubeObject } from "../../src/kube/kube-api.js";

const ANNA: User = {
  ...{ name: "anna", role: "edit", namespace: "anna", quota: "pods=2", kind: "token", days: 90 },
  ...{ issue: "0123456789abcdef", next: "", expires: "2026-01-01T00:00:00Z", key: null, certificate: null },
};

describe("the record of a user", () => {
  it("is read as it was written", () => {
    expect(userIn(recordOf(ANNA))).toEqual(ANNA);
  });

  it.each<readonly [string, Partial<KubeObject>]>([
    ["no JSON", { data: { user: "{" } }],
    ["nothing", { data: undefined }],
    ["another role", { data: { user: JSON.stringify({ ...ANNA, role: "owner" }) } }],
    ["another user's name", { data: { user: JSON.stringify({ ...ANNA, name: "bob" }) } }],
    ["no labels", { metadata: { name: "alpine-k8s-user-anna" } }],
  ])("with %s is none", (_, change) => {
    expect(userIn({ ...recordOf(ANNA), ...change })).toBeUndefined();
  });

  it("of a user who never had anything is not whole", async () => {
    const kube = {} as KubeApi;
    expect(await isWhole(kube, { ...ANNA, issue: "" }, new AbortController().signal)).toBe(false);
  });
});

describe("a user's kubeconfig", () => {
  it("is known as such only with the cluster's CA, the user's name, and nothing besides", async () => {
    const [{ certificate: ca }, other] = [
      await createClusterCa({ name: "demo" }),
      await createClusterCa({ name: "demo" }),
    ];
    const config = {
      cluster: "demo",
      user: "anna",
      namespace: "anna",
      server: "https://x:6443",
      serverName: undefined,
      ca,
    };
    const text = makeUserConfig({ ...config, credential: { token: "t" } });
    expect(isUserConfig(text, config)).toBe(true);
    expect(isUserConfig(text, { ...config, user: "bob" })).toBe(false);
    expect(isUserConfig(text, { ...config, cluster: "other" })).toBe(false);
    expect(isUserConfig(text, { ...config, ca: other.certificate })).toBe(false);
    expect(isUserConfig(text, { ...config, ca: "" })).toBe(false);
    expect(isUserConfig(text.replace("users:\n", "users:\n  - {name: mine, user: {token: x}}\n"), config)).toBe(false);
    for (const no of ["", "null", "{", "- 1", "users: 3", "x".repeat(70_000)])
      expect(isUserConfig(no, config)).toBe(false);
  });
});

describe("refusals", () => {
  it("are read from whatever an event says, cut and without an end that is none", async () => {
    const event = (more: object): KubeObject => ({ apiVersion: "v1", kind: "Event", metadata: { name: "e" }, ...more });
    const list = [
      event({ message: 7 }),
      event({ message: `x is forbidden: ${"y".repeat(9_000)}`, lastTimestamp: "never" }),
      event({
        message: "x is forbidden: z",
        eventTime: "2026-01-01T00:00:00.5Z",
        involvedObject: { kind: "Job", name: "j" },
      }),
    ];
    const kube = { list: () => Promise.resolve(list) } as unknown as KubeApi;
    const found = await lastRefusals(kube, "anna", new AbortController().signal);
    expect(found.map(({ object, last }) => [object, last])).toEqual(
      expect.arrayContaining([
        ["Job j", "2026-01-01T00:00:00.5Z"],
        [" ", null],
      ]),
    );
    for (const { message } of found) expect(message.length).toBeLessThan(2_100);
  });
});
