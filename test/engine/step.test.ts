import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { silentProgress } from "../../src/base/progress.js";
import type { StepRecord } from "../../src/engine/run-log.js";
import { runSteps, type Step } from "../../src/engine/step.js";
import type { TimelineEvent } from "../../src/engine/timeline-event.js";

interface Context {
  readonly progress: typeof silentProgress;
  readonly signal: AbortSignal;
  readonly log: {
    persist: () => void;
    writeStep: (record: StepRecord) => void;
    writeEvent: (event: TimelineEvent) => void;
  };
}

/** Steps that note when they begin and end; `open` lets one end. */
function world(): {
  readonly events: string[];
  readonly records: StepRecord[];
  readonly timeline: TimelineEvent[];
  readonly context: Context;
  readonly abort: AbortController;
  readonly step: (id: string, after?: readonly string[], failure?: Error) => Step<Context>;
  readonly open: (id: string) => void;
} {
  const events: string[] = [];
  const records: StepRecord[] = [];
  const timeline: TimelineEvent[] = [];
  const abort = new AbortController();
  const gates = new Map<string, () => void>();
  return {
    events,
    records,
    timeline,
    abort,
    context: {
      progress: silentProgress,
      signal: abort.signal,
      log: {
        persist: () => undefined,
        writeStep: (record) => records.push(record),
        writeEvent: (event) => timeline.push(event),
      },
    },
    step: (id, after, failure) => ({
      id,
      title: id.toUpperCase(),
      ...(after === undefined ? {} : { after }),
      run: async () => {
        events.push(`${id} begins`);
        await new Promise<void>((resolve) => gates.set(id, resolve));
        events.push(`${id} ends`);
        if (failure !== undefined) throw failure;
      },
    }),
    open: (id) => gates.get(id)?.(),
  };
}

/** Lets everything that can go on go on. */
const settle = (): Promise<void> => sleep(0);

describe("steps as a graph", () => {
  it("run one after the other when they name nothing", async () => {
    const { step, open, events, context } = world();
    const done = runSteps([step("a"), step("b")], context);
    await settle();
    expect(events).toEqual(["a begins"]);
    open("a");
    await settle();
    expect(events).toEqual(["a begins", "a ends", "b begins"]);
    open("b");
    expect((await done).map(({ title }) => title)).toEqual(["A", "B"]);
  });

  it("run side by side when they wait for the same one; the record names what each waited for", async () => {
    const { step, open, events, records, timeline, context } = world();
    const steps = [step("a"), step("b", ["a"]), step("c", ["a"]), step("d", ["b", "c"])];
    const done = runSteps(steps, context);
    await settle();
    open("a");
    await settle();
    expect(events.slice(2)).toEqual(["b begins", "c begins"]);
    open("c");
    await settle();
    expect(events).not.toContain("d begins");
    open("b");
    await settle();
    expect(events.at(-1)).toBe("d begins");
    open("d");
    await done;
    expect(records.map((record) => [record.step, record.after])).toEqual([
      ["a", []],
      ["c", ["a"]],
      ["b", ["a"]],
      ["d", ["b", "c"]],
    ]);
    expect(timeline).toEqual([
      { kind: "step", step: "a", title: "A", after: [] },
      { kind: "step", step: "b", title: "B", after: ["a"] },
      { kind: "step", step: "c", title: "C", after: ["a"] },
      { kind: "step", step: "d", title: "D", after: ["b", "c"] },
    ]);
  });

  it("after a failure none begins, and those that run are waited for", async () => {
    const { step, open, events, context } = world();
    const failure = new AlpineK8sError("node", "no room");
    const steps = [step("a"), step("b", ["a"], failure), step("c", ["a"]), step("d", ["c"]), step("e", ["b"])];
    let outcome = "runs";
    const done = runSteps(steps, context).then(
      () => (outcome = "ended well"),
      (error: unknown) => (outcome = (error as Error).message),
    );
    await settle();
    open("a");
    await settle();
    open("b");
    await settle();
    expect(outcome).toBe("runs");
    open("c");
    await done;
    expect(outcome).toBe("B: no room");
    expect(events.filter((event) => event.endsWith("begins"))).toEqual(["a begins", "b begins", "c begins"]);
  });

  it("after an abort none begins", async () => {
    const { step, open, events, abort, context } = world();
    const done = runSteps([step("a"), step("b")], context);
    await settle();
    abort.abort(new Error("enough"));
    open("a");
    await expect(done).rejects.toThrow("enough");
    expect(events).toEqual(["a begins", "a ends"]);
  });

  it("a step that waits for one behind it is a bug", async () => {
    const { step, context } = world();
    await expect(runSteps([step("a", ["b"]), step("b")], context)).rejects.toThrow(
      "step a waits for b, which does not stand ahead of it",
    );
  });
});
