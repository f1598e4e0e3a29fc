import { assembleBars, stepsOf } from "./assemble.js";
import { clusterTimes } from "./cluster-times.js";
import { imageTimes } from "./image-times.js";
import { parseLines, readEvent, readRecord } from "./parse-lines.js";
import type { RecordedRun } from "./run-time.js";
import type { Recorded } from "../../engine/run-log.js";

const OLDER = "the run was recorded by an older version: parts of nodes and waits are not known";

/** Reads `steps.jsonl` and `timeline.jsonl`; `lastSign` is the last time, in milliseconds since 1970, that its other logs have. */
export function parseRun(texts: { readonly steps: string; readonly timeline: string }, lastSign = 0): RecordedRun {
  const steps = parseLines(texts.steps, readRecord);
  const events = parseLines(texts.timeline, readEvent);
  const damaged = (name: string, count: number): string[] =>
    count === 0 ? [] : [`${name}: ${count === 1 ? "a line is" : `${count} lines are`} damaged and left out`];
  const problems = [
    ...damaged("steps.jsonl", steps.damaged),
    ...damaged("timeline.jsonl", events.damaged),
    ...(steps.isCut || events.isCut ? ["only the first 100000 lines were read"] : []),
    ...(events.read.length === 0 ? [OLDER] : []),
  ];
  return assembleRun({ steps: steps.read, events: events.read }, { lastSign, problems });
}

/** The time of a run that goes on, until now or the last sign of it. */
export function assembleRun(
  recorded: Recorded,
  { lastSign, problems }: { readonly lastSign: number; readonly problems: readonly string[] },
): RecordedRun {
  const { events } = recorded;
  const times = [
    ...events.map(({ at }) => Date.parse(at)),
    ...recorded.steps.flatMap(({ began, ended }) => [Date.parse(began), Date.parse(ended)]),
  ];
  const from = times.reduce((least, time) => Math.min(least, time), times[0] ?? 0);
  const ended = events.findLast((event) => event.kind === "run-ended");
  const latest = times.reduce((most, time) => Math.max(most, time), from);
  const to = ended === undefined ? Math.max(latest, lastSign) : latest;
  const steps = stepsOf(recorded, to);
  const command = events.find((event) => event.kind === "run")?.command ?? null;
  const bars = assembleBars(events, to);
  const clocks = new Map(
    events.flatMap((event) => (event.kind === "clock" ? [[event.node, event.offset] as const] : [])),
  );
  const isFailed = steps.some(({ outcome }) => outcome === "failed");
  return {
    ...{ command, from, to, steps, problems },
    outcome: ended?.outcome ?? (events.length > 0 ? "unfinished" : isFailed ? "failed" : "unknown"),
    ...{ bars, clocks },
    objects: clusterTimes(events, { from, clocks }),
    images: imageTimes(bars, events, { from, clocks }),
  };
}
