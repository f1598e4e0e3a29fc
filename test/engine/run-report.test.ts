import { expect, it } from "vitest";
import { runReport } from "../../src/engine/run-report.js";
import type { PlannedNode } from "../../src/model/topology/topology.js";

it("collects what a run has to tell, in its order, and what was read of it does not change", () => {
  const report = runReport();
  report.addWarning("one");
  const before = report.warnings;
  report.addWarning("two");
  expect([before, report.warnings]).toEqual([["one"], ["one", "two"]]);
  const left = { node: { name: "minion1" } as PlannedNode, error: new Error("gone"), during: "Join the minions" };
  report.leaveBehind(left);
  expect(report.leftBehind).toEqual([left]);
});
