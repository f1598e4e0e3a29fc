import { describe, expect, it } from "vitest";
import { covers, hasSameContent } from "../../src/kube/apply/same-content.js";
import type { KubeObject } from "../../src/kube/kube-object.js";

describe("an object has what a manifest wants", () => {
  it.each<[string, unknown, unknown, boolean]>([
    ["with more fields", { a: 1, b: 2 }, { a: 1 }, true],
    ["not with another value", { a: 1 }, { a: 2 }, false],
    ["not without a field", { b: 1 }, { a: 1 }, false],
    ["where the manifest is empty", { a: "filled" }, { a: "" }, true],
    ["where the manifest has null and empty groups", {}, { a: null, b: {}, c: [] }, true],
    ["with more fields in the entries of a list", [{ a: 1, b: 2 }], [{ a: 1 }], true],
    ["not surely with more entries", [1, 2], [1], false],
    ["not with another order", [2, 1], [1, 2], false],
    ["not with a group in the place of a list", { a: 1 }, [1], false],
    ["not with nothing", undefined, { a: 1 }, false],
  ])("%s", (_what, live, wanted, expected) => {
    expect(covers(live, wanted)).toBe(expected);
  });
});

describe("two states of an object", () => {
  const base: KubeObject = { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { port: 1 } };

  it("are the same with another status and what the API notes", () => {
    const { apiVersion, kind, ...item } = base;
    const noted = {
      ...base.metadata,
      resourceVersion: "2",
      generation: 3,
      managedFields: [{ manager: apiVersion + kind }],
    };
    expect(hasSameContent(base, { ...item, metadata: noted, status: { ready: 1 } } as unknown as KubeObject)).toBe(
      true,
    );
  });

  it.each([
    ["fields", { ...base, spec: { port: 2 } }],
    ["labels", { ...base, metadata: { name: "a", labels: { x: "y" } } }],
  ])("differ with other %s", (_what, other) => {
    expect(hasSameContent(base, other)).toBe(false);
  });
});
