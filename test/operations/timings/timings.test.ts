import { describe, expect, it } from "vitest";
import { compareRuns } from "../../../src/operations/timings/compare.js";
import { longestParts } from "../../../src/operations/timings/longest-parts.js";
import { parseRun } from "../../../src/operations/timings/recorded-run.js";
import { timingsOf, type Timings } from "../../../src/operations/timings/timings.js";
import { RunLines } from "./run-lines.js";

const timings = (lines: RunLines): Timings => timingsOf("run", parseRun(lines.texts()));

describe("work and waits", () => {
  const found = timings(
    RunLines.of("up")
      .step("start", { from: 2, to: 12 })
      .part("start", { from: 2, to: 7 }, { waitsFor: "its machine" })
      .part("start", { from: 7, to: 8 }, { waitsFor: "ssh" })
      .part("start", { from: 8, to: 12 }, { part: "preparing" })
      .part("start", { from: 2, to: 11 }, { node: "minion1", waitsFor: "its machine" })
      .part("start", { from: 11, to: 15 }, { node: "minion1", part: "preparing" })
      .step("health", { from: 12, to: 17 }, { after: ["start"] })
      .part("health", { from: 13, to: 17 }, { node: null, part: "wait", waitsFor: "nodes-ready: not yet" })
      .ended(18),
  );

  it("of a step: it waits while nothing of it is at work", () => {
    expect(found.steps.map(({ step, milliseconds, work, wait }) => [step, milliseconds, work, wait])).toEqual([
      ["start", 10_000, 4000, 6000],
      ["health", 5000, 1000, 4000],
    ]);
  });

  it("of a node: with what goes on behind the step, and the longest wait named", () => {
    expect(found.nodes).toEqual([
      {
        ...{ step: "start", node: "master1", milliseconds: 10_000, work: 4000, wait: 6000 },
        ...{ waitsFor: "its machine", critical: true },
      },
      {
        ...{ step: "start", node: "minion1", milliseconds: 13_000, work: 4000, wait: 9000 },
        ...{ waitsFor: "its machine", critical: false },
      },
    ]);
  });

  it("of the run: what is outside of every step", () => {
    expect([found.milliseconds, found.outsideOfSteps]).toEqual([18_000, 3000]);
  });

  it("of parts that no step has set going are not lost", () => {
    const { nodes } = timings(RunLines.of("certs renew").part(null, { from: 1, to: 3 }).ended(4));
    expect(nodes).toMatchObject([{ step: null, node: "master1", milliseconds: 2000, critical: false }]);
  });
});

describe("the longest parts", () => {
  const longest = (lines: RunLines): unknown => longestParts(parseRun(lines.texts()));

  it("are three, of nodes or of steps without any, the whole of a part in one", () => {
    const lines = RunLines.of("up")
      .step("init", { from: 0, to: 20 })
      .part("init", { from: 0, to: 12 }, { part: "kubeadm init" })
      .part("init", { from: 12, to: 20 }, { part: "kubeadm init", waitsFor: "this master's API" })
      .step("join", { from: 20, to: 35 })
      .part("join", { from: 20, to: 33 }, { node: "minion1", part: "until prepared", waitsFor: "minion1" })
      .part("join", { from: 33, to: 35 }, { node: "minion1", part: "kubeadm join" })
      .step("fetch", { from: 0, to: 4 })
      .step("write", { from: 35, to: 36 });
    expect(longest(lines)).toEqual([
      { step: "Init", node: "master1", part: "kubeadm init", milliseconds: 20_000 },
      { step: "Fetch", node: null, part: null, milliseconds: 4000 },
      { step: "Join", node: "minion1", part: "kubeadm join", milliseconds: 2000 },
    ]);
  });

  it("of a run in which nothing took time are none", () => {
    expect(longest(RunLines.of("up").step("a", { from: 1, to: 1 }))).toEqual([]);
  });
});

it("two runs are compared step by step, the greatest loss first", () => {
  const before = timings(
    RunLines.of("up").step("a", { from: 0, to: 5 }).step("b", { from: 5, to: 8 }).step("gone", { from: 8, to: 9 }),
  );
  const after = timings(
    RunLines.of("up").step("a", { from: 0, to: 4 }).step("b", { from: 4, to: 9 }).step("new", { from: 9, to: 9.5 }),
  );
  expect(compareRuns(before, after)).toEqual([
    { step: "b", title: "B", before: 3000, after: 5000, difference: 2000 },
    { step: "new", title: "New", before: null, after: 500, difference: 500 },
    { step: "a", title: "A", before: 5000, after: 4000, difference: -1000 },
    { step: "gone", title: "Gone", before: 1000, after: null, difference: -1000 },
  ]);
});
