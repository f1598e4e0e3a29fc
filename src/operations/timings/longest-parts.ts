import { PREPARED } from "../../engine/timeline.js";
import { grouped } from "./grouped.js";
import { covered } from "./intervals.js";
import type { RecordedRun } from "./run-time.js";

/** One of the longest parts of a run. */
export interface LongPart {
  /** The step's title. */
  readonly step: string;
  /** Null for a step that does nothing on a node of its own. */
  readonly node: string | null;
  /** What was done there: `kubeadm init`; null for the step itself. */
  readonly part: string | null;
  readonly milliseconds: number;
}

const MOST = 3;

/**
 * The three longest parts of a run: what a step did on a node, with its waits, or a step that did nothing on a node. Waits
 * for what other parts do are not among them.
 */
export function longestParts({ steps, bars }: Pick<RecordedRun, "steps" | "bars">): readonly LongPart[] {
  const title = new Map(steps.map((step) => [step.id, step.title]));
  const onNodes = bars.filter(({ step, node, part }) => step !== null && node !== null && part !== PREPARED);
  const groups = grouped(onNodes, ({ step, node, part }) => JSON.stringify([step, node, part]));
  const parts = [...groups.values()].flatMap((group): LongPart[] => {
    const [first] = group;
    if (first === undefined || first.step === null) return [];
    const { step, node, part } = first;
    return [{ step: title.get(step) ?? step, node, part, milliseconds: covered(group) }];
  });
  const busy = new Set(onNodes.map(({ step }) => step));
  const others = steps
    .filter(({ id }) => !busy.has(id))
    .map(({ title: step, from, to }) => ({ step, node: null, part: null, milliseconds: to - from }));
  return [...parts, ...others]
    .filter(({ milliseconds }) => milliseconds > 0)
    .sort((one, other) => other.milliseconds - one.milliseconds)
    .slice(0, MOST);
}
