import type { Recorded } from "../../engine/run-log.js";
import type { TimelineEntry } from "../../engine/timeline-event.js";
import type { Bar, StepTime } from "./run-time.js";

/** Every step that began, in that order; one without an end goes until `to`, the last sign of the run. */
export function stepsOf({ steps, events }: Recorded, to: number): readonly StepTime[] {
  const found = new Map<string, StepTime>();
  for (const event of events) {
    if (event.kind !== "step") continue;
    const { step: id, title, after } = event;
    found.set(id, { id, title, after, outcome: "unfinished", from: Date.parse(event.at), to });
  }
  for (const { step: id, after, outcome, began, ended } of steps) {
    const from = Date.parse(began);
    const title = found.get(id)?.title ?? id;
    // A clock that was set back meanwhile tells no time.
    found.set(id, { id, title, after, outcome, from, to: Math.max(from, Date.parse(ended)) });
  }
  return [...found.values()].sort((one, other) => one.from - other.from);
}

/** Every part, in the order in which they began; one without an end goes until `to`. */
export function assembleBars(events: readonly TimelineEntry[], to: number): readonly Bar[] {
  const ends = new Map(events.flatMap((event) => (event.kind === "end" ? [[event.id, event] as const] : [])));
  return events.flatMap((event): Bar[] => {
    if (event.kind !== "begin") return [];
    const { id, step, node, part, waitsFor, image = null } = event;
    const from = Date.parse(event.at);
    const end = ends.get(id);
    const outcome = end === undefined ? "unfinished" : end.failed ? "failed" : "done";
    const last = end === undefined ? to : Date.parse(end.at);
    return [{ step, node, part, waitsFor, image, outcome, from, to: Math.max(from, last) }];
  });
}
