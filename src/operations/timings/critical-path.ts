import { PREPARED } from "../../engine/timeline.js";
import { grouped } from "./grouped.js";
import type { Interval } from "./intervals.js";
import type { Bar, RecordedRun, StepTime } from "./run-time.js";

/** A stretch of the critical path. */
export interface Stretch extends Interval {
  /** Id of the step. */
  readonly step: string;
  /** The node that was the last to be done in it; null when it is of no node. */
  readonly node: string | null;
}

/** Milliseconds between the end of a part and that of its step. */
const MEANWHILE = 5;

/**
 * What determined how long the steps took: from the step that ended last back to the one that it waited for the longest,
 * and so on. A step whose last node was waited for until it was fit leads to the step that made it so. The stretches are
 * in order and do not overlap.
 */
export function criticalPath({ steps, bars }: Pick<RecordedRun, "steps" | "bars">): readonly Stretch[] {
  const ofStep = grouped(bars, ({ step }) => step);
  const left = new Map(steps.map((step) => [step.id, step]));
  const path: Stretch[] = [];
  let step = lastOf(steps);
  let to = step?.to ?? 0;
  let node = lastNode(ofStep, step);
  while (step !== undefined) {
    // Damaged lines may go round in a circle.
    left.delete(step.id);
    const prepared = preparation(ofStep, step, node);
    const maker = prepared && left.get(prepared.step);
    const before = maker ?? lastOf(step.after.flatMap((id) => left.get(id) ?? []));
    const began = prepared && maker ? prepared.to : Math.max(step.from, before?.to ?? step.from);
    const from = Math.min(began, to);
    path.unshift({ step: step.id, node, from, to });
    to = from;
    if (maker === undefined) node = lastNode(ofStep, before);
    step = before;
  }
  return path;
}

type BarsOfStep = ReadonlyMap<string | null, readonly Bar[]>;

function lastOf<T extends Interval>(intervals: readonly T[]): T | undefined {
  return intervals.reduce<T | undefined>(
    (last, one) => (last === undefined || one.to > last.to ? one : last),
    undefined,
  );
}

/** The node whose part was the last to end in the step; what goes on behind the step does not count. */
function lastNode(ofStep: BarsOfStep, step: StepTime | undefined): string | null {
  if (step === undefined) return null;
  return lastOf((ofStep.get(step.id) ?? []).filter(({ to }) => to <= step.to + MEANWHILE))?.node ?? null;
}

/** Which other step has made the node fit while this one waited for that, and until when. */
function preparation(
  ofStep: BarsOfStep,
  { id }: StepTime,
  node: string | null,
): { readonly step: string; readonly to: number } | undefined {
  const wait = lastOf((ofStep.get(id) ?? []).filter((bar) => bar.part === PREPARED && bar.node === node));
  if (wait === undefined) return undefined;
  const others = [...ofStep.values()].flat().filter((bar) => bar.step !== id && bar.node === node);
  const made = others.filter(({ part, to }) => part !== PREPARED && to > wait.from && to <= wait.to + MEANWHILE);
  const step = lastOf(made)?.step ?? undefined;
  return step === undefined ? undefined : { step, to: wait.to };
}
