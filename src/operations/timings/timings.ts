import { criticalPath } from "./critical-path.js";
import { grouped } from "./grouped.js";
import { covered, coveredWithout, clipped, type Interval } from "./intervals.js";
import { longestParts, type LongPart } from "./longest-parts.js";
import type { Bar, ImageTimes, ObjectMoments, Outcome, RecordedRun, StepTime } from "./run-time.js";

/** Where the time of a run went; the shape of `timings -o json`, documented in docs/json.md. Times are milliseconds. */
export interface Timings {
  /** Name of the run's folder below `logs/`. */
  readonly run: string;
  readonly command: string | null;
  readonly outcome: Outcome;
  readonly began: string;
  readonly milliseconds: number;
  /** In which no step was running. */
  readonly outsideOfSteps: number;
  readonly steps: readonly StepTimings[];
  readonly nodes: readonly NodeTimings[];
  readonly parts: readonly PartTimings[];
  readonly criticalPath: readonly {
    readonly step: string;
    readonly node: string | null;
    readonly milliseconds: number;
  }[];
  readonly longest: readonly LongPart[];
  readonly clocks: readonly { readonly node: string; readonly offset: number }[];
  /** The cluster's own times. */
  readonly objects: readonly ObjectMoments[];
  readonly images: readonly ImageTimes[];
  /** What is missing or damaged. */
  readonly problems: readonly string[];
}

interface Spent {
  readonly milliseconds: number;
  readonly work: number;
  /** In which it waited and did nothing else. */
  readonly wait: number;
  /** On the critical path. */
  readonly critical: boolean;
}

export interface StepTimings extends Spent {
  readonly step: string;
  readonly title: string;
  readonly after: readonly string[];
  readonly outcome: Outcome;
  readonly began: string;
}

/** A node's share of a step: what the step has set going on it, also where that goes on beside later steps. */
export interface NodeTimings extends Spent {
  readonly step: string | null;
  readonly node: string;
  /** What it waited for the longest. */
  readonly waitsFor: string | null;
}

interface PartTimings extends Omit<Bar, keyof Interval> {
  readonly began: string;
  readonly milliseconds: number;
}

/** The timings of a recorded run. */
export function timingsOf(name: string, run: RecordedRun): Timings {
  const path = criticalPath(run);
  const isOnPath = (step: string | null, node?: string): boolean =>
    path.some((stretch) => stretch.step === step && (node === undefined || stretch.node === node));
  return {
    ...{ run: name, command: run.command, outcome: run.outcome, began: timeOf(run.from) },
    milliseconds: run.to - run.from,
    outsideOfSteps: coveredWithout([run], run.steps),
    steps: run.steps.map((step) => ofStep(step, run.bars, isOnPath(step.id))),
    nodes: ofNodes(run).map(({ step, node, bars }) => ofNode(step, node, bars, isOnPath(step, node))),
    parts: run.bars.map(({ from, to, ...part }) => ({ ...part, began: timeOf(from), milliseconds: to - from })),
    criticalPath: path.map(({ step, node, from, to }) => ({ step, node, milliseconds: to - from })),
    longest: longestParts(run),
    clocks: [...run.clocks].map(([node, offset]) => ({ node, offset })),
    ...{ objects: run.objects, images: run.images, problems: run.problems },
  };
}

function timeOf(time: number): string {
  return new Date(time).toISOString();
}

function ofStep(step: StepTime, bars: readonly Bar[], critical: boolean): StepTimings {
  const { id, title, after, outcome, from, to } = step;
  const own = bars.filter((bar) => bar.step === id);
  const waits = clipped(own.filter(isWait), step);
  const work = clipped(
    own.filter((bar) => !isWait(bar)),
    step,
  );
  const wait = coveredWithout(waits, work);
  const milliseconds = to - from;
  return {
    ...{ step: id, title, after, outcome, began: timeOf(from) },
    ...{ milliseconds, work: milliseconds - wait, wait, critical },
  };
}

/** The bars of each node in each step, in the order of steps; what belongs to no step comes last. */
function ofNodes({ steps, bars }: RecordedRun): readonly { step: string | null; node: string; bars: readonly Bar[] }[] {
  const order = [...steps.map(({ id }) => id), null];
  const known = new Set<string | null>(order);
  return order.flatMap((step) => {
    const own = bars.filter((bar) => (known.has(bar.step) ? bar.step : null) === step);
    const byNode = grouped(own, ({ node }) => node);
    return [...byNode].flatMap(([node, found]) => (node === null ? [] : [{ step, node, bars: found }]));
  });
}

function ofNode(step: string | null, node: string, bars: readonly Bar[], critical: boolean): NodeTimings {
  const works = bars.filter((bar) => !isWait(bar));
  const waits = bars.filter(isWait);
  const work = covered(works);
  const wait = coveredWithout(waits, works);
  const byReason = [...grouped(waits, ({ waitsFor }) => waitsFor)];
  const [longest] = byReason.sort(([, one], [, other]) => covered(other) - covered(one));
  return { step, node, milliseconds: work + wait, work, wait, waitsFor: longest?.[0] ?? null, critical };
}

function isWait({ waitsFor }: Bar): boolean {
  return waitsFor !== null;
}
