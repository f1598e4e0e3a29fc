import { describe, expect, it } from "vitest";
import { PREPARED } from "../../../src/engine/timeline.js";
import { criticalPath } from "../../../src/operations/timings/critical-path.js";
import { parseRun } from "../../../src/operations/timings/recorded-run.js";
import { timingsOf } from "../../../src/operations/timings/timings.js";
import { at, RunLines } from "./run-lines.js";

/** Step, node, and its seconds. */
function pathOf(lines: RunLines): unknown {
  const second = (time: number): number => (time - Date.parse(at(0))) / 1000;
  return criticalPath(parseRun(lines.texts())).map(({ step, node, from, to }) => [
    ...[step, node, second(from), second(to)],
  ]);
}

describe("the critical path", () => {
  it("goes back from the step that ended last, each time to the one that was waited for the longest", () => {
    const lines = RunLines.of("up")
      .step("a", { from: 0, to: 5 })
      .step("long", { from: 5, to: 15 }, { after: ["a"] })
      .step("short", { from: 5, to: 8 }, { after: ["a"] })
      .step("end", { from: 15, to: 20 }, { after: ["short", "long"] });
    expect(pathOf(lines)).toEqual([
      ["a", null, 0, 5],
      ["long", null, 5, 15],
      ["end", null, 15, 20],
    ]);
  });

  it("names the node that was the last to be done", () => {
    const lines = RunLines.of("up")
      .step("join", { from: 0, to: 10 })
      .part("join", { from: 0, to: 9.9 }, { node: "minion1" })
      .part("join", { from: 0, to: 10 }, { node: "minion2" })
      .part("join", { from: 0, to: 14 }, { node: "minion3" });
    expect(pathOf(lines)).toEqual([["join", "minion2", 0, 10]]);
  });

  it("leads from a node that was waited for to the step that made it fit", () => {
    const wait = { node: "minion1", part: PREPARED, waitsFor: "minion1 to be fit for Kubernetes" };
    const lines = RunLines.of("up")
      .step("start", { from: 1, to: 5 })
      .part("start", { from: 1, to: 5 }, { node: "master1" })
      .part("start", { from: 1, to: 30 }, { node: "minion1", part: "start", waitsFor: "its machine" })
      .part("start", { from: 30, to: 40 }, { node: "minion1", part: "preparing" })
      .step("init", { from: 5, to: 25 }, { after: ["start"] })
      .step("join", { from: 25, to: 50 }, { after: ["init"] })
      .part("join", { from: 25, to: 40 }, wait)
      .part("join", { from: 40, to: 50 }, { node: "minion1", part: "kubeadm join" });
    expect(pathOf(lines)).toEqual([
      ["start", "minion1", 1, 40],
      ["join", "minion1", 40, 50],
    ]);
  });

  it("ends where damaged lines go round in a circle", () => {
    const lines = RunLines.of("up")
      .step("a", { from: 0, to: 5 }, { after: ["b"] })
      .step("b", { from: 0, to: 6 }, { after: ["a", "lost"] });
    expect(pathOf(lines)).toEqual([
      ["a", null, 0, 5],
      ["b", null, 5, 6],
    ]);
  });

  it("of a run without steps is empty", () => {
    expect(pathOf(RunLines.of("up"))).toEqual([]);
  });
});

/** Numbers from 0 to below 1 that are the same each time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** A run of any shape: also one whose times contradict each other, as of a clock that is set. */
function randomRun(seed: number): RunLines {
  const random = randomOf(seed);
  const lines = RunLines.of("up");
  const isDamaged = random() < 0.3;
  const ends: number[] = [];
  const count = 1 + Math.floor(random() * 12);
  for (let index = 0; index < count; index += 1) {
    const parents = ends.map((_, parent) => parent).filter(() => random() < 0.4);
    const ready = Math.max(0, ...parents.map((parent) => ends[parent] ?? 0));
    const from = isDamaged ? random() * 50 : ready + random();
    const to = isDamaged ? random() * 50 : from + random() * 10;
    ends.push(to);
    const after = parents.map((parent) => `step-${parent}`);
    lines.step(`step-${index}`, random() < 0.1 ? { from } : { from, to }, { after });
    for (let node = 0; node < random() * 4; node += 1) {
      const part = random() < 0.4 ? PREPARED : "work";
      const waitsFor = part === PREPARED || random() < 0.3 ? "something" : null;
      const first = from + random() * 5;
      lines.part(`step-${index}`, { from: first, to: first + random() * 9 }, { node: `node${node}`, part, waitsFor });
    }
  }
  return random() < 0.5 ? lines : lines.ended(Math.max(...ends) + random());
}

it("of any run its stretches are in order, do not overlap, and take no longer than the run", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const run = parseRun(randomRun(seed).texts());
    const path = criticalPath(run);
    path.forEach(({ from, to }, index) => {
      expect(to, `run ${seed}`).toBeGreaterThanOrEqual(from);
      expect(from, `run ${seed}`).toBeGreaterThanOrEqual(path[index - 1]?.to ?? run.from);
    });
    const { criticalPath: stretches, milliseconds, steps, nodes } = timingsOf("run", run);
    const length = stretches.reduce((sum, stretch) => sum + stretch.milliseconds, 0);
    expect(length, `run ${seed}`).toBeLessThanOrEqual(milliseconds);
    expect(path.at(-1)?.to).toBe(Math.max(...run.steps.map(({ to }) => to)));
    for (const { work, wait, milliseconds: whole } of [...steps, ...nodes]) {
      expect(work).toBeGreaterThanOrEqual(0);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(work + wait).toBe(whole);
    }
  }
});
