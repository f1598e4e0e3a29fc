import type { Timings } from "./timings.js";

/** A step in two runs; milliseconds, null where a run did not come to it. */
export interface StepComparison {
  readonly step: string;
  readonly title: string;
  readonly before: number | null;
  readonly after: number | null;
  /** How much longer it took; negative when it took less. */
  readonly difference: number;
}

/** The steps of both runs, those that lost the most time first. */
export function compareRuns(before: Pick<Timings, "steps">, after: Pick<Timings, "steps">): readonly StepComparison[] {
  const all = [...after.steps, ...before.steps];
  const unique = all.filter(({ step }, index) => all.findIndex((one) => one.step === step) === index);
  const took = (run: Pick<Timings, "steps">, id: string): number | null =>
    run.steps.find(({ step }) => step === id)?.milliseconds ?? null;
  return unique
    .map(({ step, title }) => {
      const [old, now] = [took(before, step), took(after, step)];
      return { step, title, before: old, after: now, difference: (now ?? 0) - (old ?? 0) };
    })
    .sort((one, other) => other.difference - one.difference);
}
