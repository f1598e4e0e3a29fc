import { criticalPath } from "./critical-path.js";
import { grouped } from "./grouped.js";
import type { Interval } from "./intervals.js";
import type { Bar, RecordedRun, StepTime } from "./run-time.js";

/** A bar of the picture. */
export interface Drawn extends Interval {
  /** Waits are hatched. */
  readonly isWait: boolean;
  readonly isFailed: boolean;
  /** What it is, for who points at it. */
  readonly words: string;
}

/** A row of the picture: a step, or a node within it. */
export interface Row {
  readonly label: string;
  readonly isStep: boolean;
  readonly bars: readonly Drawn[];
  /** Where the critical path goes through it. */
  readonly critical: readonly Interval[];
}

/** Milliseconds under which a step that had nothing to do is left out. */
const NOTHING = 50;

/** The rows of a run: each step in its turn, and below it the nodes on which it did something. */
export function rowsOf(run: RecordedRun): readonly Row[] {
  const path = criticalPath(run);
  const ofStep = grouped(run.bars, ({ step }) => step);
  const steps = run.steps.filter(({ outcome, from, to }) => outcome !== "skipped" || to - from >= NOTHING);
  return steps.flatMap((step) => {
    const own = ofStep.get(step.id) ?? [];
    const critical = path.filter((stretch) => stretch.step === step.id);
    const nodes = [...grouped(own, ({ node }) => node)].flatMap(([node, bars]): Row[] => {
      if (node === null) return [];
      const through = critical.filter((stretch) => stretch.node === node);
      return [{ label: node, isStep: false, bars: drawn(bars), critical: through }];
    });
    return [{ label: step.title, isStep: true, bars: stepBars(step, own), critical }, ...nodes];
  });
}

/** The step as work, and over it what it waited for as a whole. */
function stepBars(step: StepTime, own: readonly Bar[]): readonly Drawn[] {
  const { title, outcome, from, to } = step;
  const waits = drawn(own.filter(({ node }) => node === null));
  return [{ from, to, isWait: false, isFailed: outcome === "failed", words: title }, ...waits];
}

/** Waits lie below work, which may go on meanwhile. */
function drawn(bars: readonly Bar[]): readonly Drawn[] {
  const all = bars.map(({ from, to, part, waitsFor, outcome }) => ({
    ...{ from, to, isWait: waitsFor !== null, isFailed: outcome === "failed" },
    words: waitsFor === null ? part : `${part}: waits for ${waitsFor}`,
  }));
  return [...all.filter(({ isWait }) => isWait), ...all.filter(({ isWait }) => !isWait)];
}
