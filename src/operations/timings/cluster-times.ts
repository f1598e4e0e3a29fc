import type { TimelineEntry } from "../../engine/timeline-event.js";
import type { ObjectMoments } from "./run-time.js";

/** Milliseconds by which a time of the cluster, which has whole seconds, may lie before the moment that it means. */
const WHOLE_SECOND = 1000;

/** The time by this computer's clock of what a node's clock has shown; as it is where no clock was measured. */
export function corrected(time: string, node: string | null, clocks: ReadonlyMap<string, number>): number {
  return Date.parse(time) - 1000 * (clocks.get(node ?? "") ?? 0);
}

/**
 * The objects to which something happened in the run, in the order in which they were ready; those that are not come last.
 * `clocks`: seconds by which nodes are ahead.
 */
export function clusterTimes(
  events: readonly TimelineEntry[],
  { from, clocks }: { readonly from: number; readonly clocks: ReadonlyMap<string, number> },
): readonly ObjectMoments[] {
  const found = events.flatMap((event): ObjectMoments[] => {
    if (event.kind !== "object") return [];
    const { object, node, master } = event;
    const by = (clock: string | null, time: string | null): string | null =>
      time === null ? null : new Date(corrected(time, clock, clocks)).toISOString();
    return [
      {
        ...{ object, node, created: by(master, event.created), scheduled: by(master, event.scheduled) },
        ...{ started: by(node, event.started), ready: by(node, event.ready) },
      },
    ];
  });
  const isOfRun = ({ created, scheduled, started, ready }: ObjectMoments): boolean =>
    [created, scheduled, started, ready].some((time) => time !== null && Date.parse(time) >= from - WHOLE_SECOND);
  const end = ({ ready }: ObjectMoments): number => (ready === null ? Infinity : Date.parse(ready));
  return found.filter(isOfRun).sort((one, other) => (end(one) < end(other) ? -1 : Number(end(one) > end(other))));
}
