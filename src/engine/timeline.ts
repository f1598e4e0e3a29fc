import { AsyncLocalStorage } from "node:async_hooks";
import type { RunLog } from "./run-log.js";
import type { Part } from "./timeline-event.js";

type TimeLog = Pick<RunLog, "recorded" | "writeEvent">;

/** Name of the part in which a step waits until a node is fit for Kubernetes, which another step has set going. */
export const PREPARED = "until prepared";
/** Characters of what is waited for. */
const LONGEST = 300;

interface Running {
  readonly step: string;
  endWait: () => void;
}

const running = new AsyncLocalStorage<Running>();

/** Does the work of a step: what it sets going, also in the background, is noted as its part. */
export function withinStep<T>(step: string, work: () => Promise<T>): Promise<T> {
  const here: Running = { step, endWait: () => undefined };
  return running.run(here, () => work().finally(() => here.endWait()));
}

/** Id of the step that has set going what asks; nothing outside of steps. */
export function runningStep(): string | undefined {
  return running.getStore()?.step;
}

/** Notes that a part of a step begins; what is returned notes its end, once. */
export function beginPart(log: TimeLog, part: Part, step = runningStep()): (failed?: boolean) => void {
  const id = log.recorded.events.length;
  const waitsFor = part.waitsFor?.slice(0, LONGEST) ?? null;
  log.writeEvent({ kind: "begin", id, step: step ?? null, ...part, waitsFor });
  let isOpen = true;
  return (failed = false) => {
    if (isOpen) log.writeEvent({ kind: "end", id, failed });
    isOpen = false;
  };
}

/** Does work that is a part of its own in the run's timeline. */
export async function asPart<T>(log: TimeLog, part: Part, work: () => Promise<T>): Promise<T> {
  const end = beginPart(log, part);
  try {
    const done = await work();
    end();
    return done;
  } catch (error) {
    end(true);
    throw error;
  }
}

/** Notes what the running step waits for from now on; undefined: for nothing any more. */
export function noteWait(log: TimeLog, reason: string | undefined): void {
  const here = running.getStore();
  if (here === undefined) return;
  here.endWait();
  here.endWait =
    reason === undefined ? () => undefined : beginPart(log, { node: null, part: "wait", waitsFor: reason });
}
