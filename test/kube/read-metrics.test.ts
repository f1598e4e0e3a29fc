import { describe, expect, it } from "vitest";
import { usageIn } from "../../src/kube/metrics/read-metrics.js";
import type { KubeObject } from "../../src/kube/kube-object.js";

const item = (fields: object): KubeObject => ({ apiVersion: "", kind: "", metadata: { name: "a" }, ...fields });
const usage = { cpu: "250m", memory: "1Ki" };

describe("what an item of the metrics API says", () => {
  it("of a node is its usage, of a pod the sum of its containers", () => {
    const node = item({ usage, timestamp: "2026-01-31T12:00:00Z", window: "20.1s" });
    expect(usageIn(node)).toEqual({ cpu: 0.25, memory: 1024, timestamp: "2026-01-31T12:00:00Z", window: 20.1 });
    const containers = [
      { name: "one", usage },
      { name: "two", usage: { cpu: "1", memory: "24" } },
    ];
    expect(usageIn(item({ containers }))).toEqual({ cpu: 1.25, memory: 1048, timestamp: null, window: null });
    expect(usageIn(item({ containers: [] }))).toMatchObject({ cpu: 0, memory: 0 });
  });

  it.each([
    {},
    { usage: "all" },
    { usage: { cpu: "1" } },
    { containers: [{ usage }, { usage: { cpu: "x", memory: "1" } }] },
  ])("is nothing where a figure is missing: %j", (fields) => expect(usageIn(item(fields))).toBeUndefined());

  it.each([
    ["1m0.5s", 60.5],
    ["1h1m1s", 3661],
    ["500ms", 0.5],
    ["250us", 0.00025],
    ["250µs", 0.00025],
    ["10", null],
    ["soon", null],
    ["1s".repeat(99), null],
    [10, null],
  ])("has a window in seconds: %j is %j", (window, seconds) =>
    expect(usageIn(item({ usage, window }))?.window).toBe(seconds),
  );

  it.each(["yesterday", "2026-01-31T12:00:00Z and more", 7])("has no time that is none: %j", (timestamp) =>
    expect(usageIn(item({ usage, timestamp }))?.timestamp).toBeNull(),
  );
});
