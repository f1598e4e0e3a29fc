import { describe, expect, it } from "vitest";
import { parseRun } from "../../../src/operations/timings/recorded-run.js";
import { timingsOf } from "../../../src/operations/timings/timings.js";
import { at, RunLines } from "./run-lines.js";

const LINES = RunLines.of("up")
  .step("start-machines", { from: 1, to: 9 })
  .part("start-machines", { from: 1, to: 5 }, { part: "start", waitsFor: "its machine" })
  .part("start-machines", { from: 5, to: 9 }, { part: "preparing" })
  .event(6, { kind: "clock", node: "master1", offset: -3 })
  .event(8, { kind: "clock", node: "master1", offset: 0 })
  .step("init-control-plane", { from: 9, to: 29 }, { after: ["start-machines"] })
  .part("init-control-plane", { from: 9, to: 29 }, { part: "kubeadm init" })
  .ended(30);

describe("a recorded run", () => {
  it("has its steps, parts, clocks and end", () => {
    const run = parseRun(LINES.texts());
    expect(run).toMatchObject({ command: "up", outcome: "done", problems: [] });
    expect([run.from, run.to]).toEqual([Date.parse(at(0)), Date.parse(at(30))]);
    expect(run.steps.map(({ id, title, outcome }) => [id, title, outcome])).toEqual([
      ["start-machines", "Start machines", "done"],
      ["init-control-plane", "Init control plane", "done"],
    ]);
    expect(run.bars.map(({ part, waitsFor, outcome }) => [part, waitsFor, outcome])).toEqual([
      ["start", "its machine", "done"],
      ["preparing", null, "done"],
      ["kubeadm init", null, "done"],
    ]);
    expect([...run.clocks]).toEqual([["master1", 0]]);
  });

  it("that was killed goes until the last sign of it", () => {
    const texts = RunLines.of("up").step("start-machines", { from: 1 }).part("start-machines", { from: 2 }).texts();
    const run = parseRun(texts, Date.parse(at(12)));
    expect(run.outcome).toBe("unfinished");
    expect(run.steps[0]).toMatchObject({ outcome: "unfinished", to: Date.parse(at(12)) });
    expect(run.bars[0]).toMatchObject({ outcome: "unfinished", to: Date.parse(at(12)) });
  });

  it("is read up to wherever a kill cut it off", () => {
    const { steps, timeline } = LINES.texts();
    for (let length = 0; length < timeline.length - 1; length += 1) {
      const texts = { steps: steps.slice(0, length), timeline: timeline.slice(0, length) };
      const timings = timingsOf("run", parseRun(texts));
      expect(timings.outcome).not.toBe("done");
      expect(timings.milliseconds).toBeLessThanOrEqual(30_000);
      const isWhole = [texts.steps, texts.timeline].every((text) => text === "" || text.endsWith("\n"));
      if (isWhole) expect(timings.problems.filter((problem) => problem.includes("damaged"))).toEqual([]);
    }
  });

  it("of an older version has its steps, and says what is not known", () => {
    const { steps } = LINES.texts();
    const older = steps.replaceAll(/"after":\[[^\]]*\],/g, "");
    const run = parseRun({ steps: older, timeline: "" });
    expect(run.steps.map(({ title, after }) => [title, after])).toEqual([
      ["start-machines", []],
      ["init-control-plane", []],
    ]);
    expect(run).toMatchObject({ outcome: "unknown", command: null, bars: [] });
    expect(run.problems).toEqual(["the run was recorded by an older version: parts of nodes and waits are not known"]);
    const failed = steps.replace('"outcome":"done"', '"outcome":"failed"');
    expect(parseRun({ steps: failed, timeline: "" }).outcome).toBe("failed");
  });

  it("without anything in it took no time", () => {
    expect(timingsOf("run", parseRun({ steps: "", timeline: "\n\n" }))).toMatchObject({
      ...{ outcome: "unknown", milliseconds: 0, steps: [], nodes: [], criticalPath: [], longest: [] },
    });
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "null"],
    ["a list", "[1]"],
    ["no time", '{"at":"soon","kind":"run","command":"up"}'],
    ["an unknown kind", `{"at":"${at(1)}","kind":"party"}`],
    ["a name of JavaScript's", `{"at":"${at(1)}","kind":"__proto__"}`],
    ["a step without a title", `{"at":"${at(1)}","kind":"step","step":"a","after":[]}`],
    [
      "a part of a wrong type",
      `{"at":"${at(1)}","kind":"begin","id":1,"step":{},"node":null,"part":"a","waitsFor":null}`,
    ],
    ["a clock that is no number", `{"at":"${at(1)}","kind":"clock","node":"a","offset":"1"}`],
  ])("with %s in a line leaves that line out and says so", (_name, line) => {
    const { steps, timeline } = LINES.texts();
    const run = parseRun({ steps, timeline: `${timeline}${line}\n` });
    expect(run.problems).toEqual(["timeline.jsonl: a line is damaged and left out"]);
    expect(run.bars).toHaveLength(3);
  });

  it("with a damaged step leaves it out and counts it", () => {
    const bad = ['{"step":"a","began":"x"}', `{"step":7,"outcome":"done","began":"${at(0)}","ended":"${at(1)}"}`];
    const run = parseRun({ steps: bad.join("\n"), timeline: "" });
    expect(run.problems[0]).toBe("steps.jsonl: 2 lines are damaged and left out");
  });

  it("of a clock that was set back has no time below nothing", () => {
    const texts = RunLines.of("up").step("a", { from: 9, to: 3 }).part("a", { from: 9, to: 2 }).ended(4).texts();
    const timings = timingsOf("run", parseRun(texts));
    expect(timings.steps[0]?.milliseconds).toBe(0);
    expect(timings.parts[0]?.milliseconds).toBe(0);
  });

  it("has nothing in it that acts on a screen, and no name longer than a line needs", () => {
    const waitsFor = `\u001b[2Jthe\u202e\nend ${"x".repeat(5000)}`;
    const texts = RunLines.of("up").part(null, { from: 1, to: 2 }, { waitsFor, node: "m\u0007" }).texts();
    const [bar] = parseRun(texts).bars;
    expect(bar?.waitsFor).toMatch(/^\[2Jthe end x+$/);
    expect(bar?.waitsFor?.length).toBe(300);
    expect(bar?.node).toBe("m");
  });

  it("of more lines than a run writes is read from its beginning", () => {
    const line = `{"at":"${at(1)}","kind":"clock","node":"a","offset":1}\n`;
    const run = parseRun({ steps: "", timeline: line.repeat(100_001) });
    expect(run.problems).toEqual(["only the first 100000 lines were read"]);
  });
});
