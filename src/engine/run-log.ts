import { appendFileSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { printable } from "../base/printable.js";
import type { TimelineEntry, TimelineEvent } from "./timeline-event.js";

/** Entries that wait until a log is kept; older ones are left out. */
const MOST_PENDING = 10_000;
/** Parts in the timeline of one run; more are left out. */
const MOST_EVENTS = 50_000;

/**
 * The logs of one run, a file per node (mode 0600) below `logs/<run>/`. Nothing is written until `persist` is called,
 * so a run that finds everything in order leaves no file behind; from then on lines are written as they come. A log that
 * cannot be written fails nothing: what it tells of counts.
 */
export interface RunLog {
  readonly folder: string;
  write(node: string, line: string): void;
  /** Writes the lines so far, and from now on each one as it comes: something is being changed, or has failed. */
  persist(): void;
  /** The same for a run that has failed, unless it was refused before it heard of any node and ended any step. */
  persistFailure(): void;
  isPersisted(): boolean;
  /** Adds to `steps.jsonl` what a step did and when. */
  writeStep(record: StepRecord): void;
  /** Adds to `timeline.jsonl` what begins or ends now. */
  writeEvent(event: TimelineEvent): void;
  /** What was written of steps and events, whether it is kept or not. */
  readonly recorded: Recorded;
}

const TIMELINE = "timeline.jsonl";

/** A line of `steps.jsonl`. */
export interface StepRecord {
  readonly step: string;
  /** Ids of the steps that it waited for. */
  readonly after: readonly string[];
  readonly outcome: "done" | "failed" | "skipped";
  /** RFC 3339, like {@link ended}. */
  readonly began: string;
  readonly ended: string;
  /** Ids of the items that it set out to do. */
  readonly items: readonly string[];
}

/** What a run has recorded of its time. */
export interface Recorded {
  readonly steps: readonly StepRecord[];
  readonly events: readonly TimelineEntry[];
}

/** The log of a run that writes nothing, whatever happens. */
export function unwrittenLog(logsFolder: string): RunLog {
  return {
    folder: logsFolder,
    write: () => undefined,
    persist: () => undefined,
    persistFailure: () => undefined,
    isPersisted: () => false,
    writeStep: () => undefined,
    writeEvent: () => undefined,
    recorded: { steps: [], events: [] },
  };
}

export function openRunLog(logsFolder: string, command: string, now = new Date()): RunLog {
  const run = `${now.toISOString().replace(/[:.]/g, "-")}-${command}`;
  const folder = join(logsFolder, run);
  const pending: { file: string; text: string }[] = [];
  const steps: StepRecord[] = [];
  const events: TimelineEntry[] = [];
  let kept = false;
  const append = (file: string, text: string): void => unlessRefused(() => appendFileSync(file, text, { mode: 0o600 }));
  const add = (name: string, text: string): void => {
    const entry = { file: join(folder, name), text };
    if (kept) append(entry.file, entry.text);
    else pending.push(entry);
    // Not one by one: to take the first out moves all others.
    if (pending.length > 2 * MOST_PENDING) pending.splice(0, MOST_PENDING);
  };
  const persist = (): void => {
    if (kept) return;
    kept = true;
    unlessRefused(() => mkdirSync(folder, { recursive: true, mode: 0o700 }));
    const files = new Map<string, string[]>();
    for (const { file, text } of pending.splice(0)) {
      const texts = files.get(file) ?? [];
      texts.push(text);
      files.set(file, texts);
    }
    for (const [file, texts] of files) append(file, texts.join(""));
  };
  return {
    folder,
    write: (node, line) => add(`${node}.log`, `${new Date().toISOString()} ${printable(line)}\n`),
    writeStep: (record) => {
      steps.push(record);
      add("steps.jsonl", `${JSON.stringify(record)}\n`);
    },
    writeEvent: (event) => {
      const isPart = event.kind === "begin" || event.kind === "end";
      if (isPart && events.length >= MOST_EVENTS) return;
      const entry = { at: new Date().toISOString(), ...event };
      events.push(entry);
      add(TIMELINE, `${printable(JSON.stringify(entry))}\n`);
    },
    recorded: { steps, events },
    persist,
    persistFailure() {
      if (pending.some(({ file }) => basename(file) !== TIMELINE)) persist();
    },
    isPersisted: () => kept,
  };
}

/** A full disk, or a file where the folder should be. */
function unlessRefused(write: () => unknown): void {
  try {
    write();
  } catch {
    // Nothing to be done about it, and nowhere to tell.
  }
}
