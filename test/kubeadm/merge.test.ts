import { describe, expect, it } from "vitest";
import { argumentsOf, mergeDocument, type Fields } from "../../src/model/kubeadm/merge.js";

describe("mergeDocument", () => {
  it.each<[string, Fields, Fields, Fields]>([
    ["groups deeply", { a: { b: 1, c: 2 } }, { a: { c: 3, d: 4 } }, { a: { b: 1, c: 3, d: 4 } }],
    ["lists by replacing", { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ["a group over a scalar", { a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
    ["a scalar over a group", { a: { b: 1 } }, { a: 1 }, { a: 1 }],
    [
      "false, zero and empty text as values",
      { a: true, b: 1, c: "x" },
      { a: false, b: 0, c: "" },
      { a: false, b: 0, c: "" },
    ],
    ["nothing for a key without a value", { a: 1 }, { a: null }, { a: 1 }],
    [
      "a list of arguments into a list",
      { extraArgs: [{ name: "a", value: "1" }] },
      { extraArgs: { b: 2 } },
      {
        extraArgs: [
          { name: "a", value: "1" },
          { name: "b", value: "2" },
        ],
      },
    ],
    [
      "arguments by name, all of that name replaced",
      { extraArgs: { a: "1", b: "2" } },
      {
        extraArgs: [
          { name: "a", value: "3" },
          { name: "a", value: "4" },
        ],
      },
      {
        extraArgs: [
          { name: "b", value: "2" },
          { name: "a", value: "3" },
          { name: "a", value: "4" },
        ],
      },
    ],
    [
      "arguments that stand in new groups",
      {},
      { scheduler: { extraArgs: { v: true } } },
      { scheduler: { extraArgs: [{ name: "v", value: "true" }] } },
    ],
    ["names that JavaScript knows", {}, { constructor: { toString: 1 } }, { constructor: { toString: 1 } }],
  ])("merges %s", (_name, ours, users, merged) => {
    expect(mergeDocument(ours, users, "v1beta4", "x")).toEqual(merged);
  });

  it.each(["v1beta2", "v1beta3"] as const)("writes a map of arguments for %s", (api) => {
    const users = { nodeRegistration: { kubeletExtraArgs: [{ name: "--v", value: 2 }] } };
    const ours = { nodeRegistration: { kubeletExtraArgs: { "node-ip": "10.0.0.1" } } };
    expect(mergeDocument(ours, users, api, "x")).toEqual({
      nodeRegistration: { kubeletExtraArgs: { "node-ip": "10.0.0.1", v: "2" } },
    });
  });

  it("changes neither of the two", () => {
    const ours = Object.freeze({ a: Object.freeze({ b: 1 }) });
    const users = Object.freeze({ a: Object.freeze({ c: 1 }) });
    mergeDocument(ours, users, "v1beta4", "x");
    expect([ours, users]).toEqual([{ a: { b: 1 } }, { a: { c: 1 } }]);
  });

  it.each<[string, unknown, string]>([
    ["text", "a=b", "x.extraArgs: must be a map of arguments or a list of name and value"],
    ["an entry without a name", [{ value: "1" }], "x.extraArgs[0]: must have a name and a value"],
    ["a group as a value", { a: { b: 1 } }, "x.extraArgs.a: must have text as its value"],
  ])("refuses arguments that are %s", (_name, value, message) => {
    expect(() => argumentsOf(value, "x.extraArgs")).toThrow(message);
  });

  it.each(["v1beta2", "v1beta3"] as const)("refuses in %s an argument given twice", (api) => {
    const twice = {
      extraArgs: [
        { name: "a", value: "1" },
        { name: "a", value: "2" },
      ],
    };
    expect(() => mergeDocument({}, twice, api, "x")).toThrow(
      `x.extraArgs: names a twice, which kubeadm's ${api} has no form for`,
    );
  });
});
