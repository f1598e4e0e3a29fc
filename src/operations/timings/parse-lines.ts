import { printable } from "../../base/printable.js";
import type { StepRecord } from "../../engine/run-log.js";
import type { TimelineEntry, TimelineEvent } from "../../engine/timeline-event.js";

/** Lines that are read of one file: many more than a run writes. */
const MOST_LINES = 100_000;
/** Characters of a name or reason. */
const LONGEST = 300;

/** The lines of a file that could be read, in their order. */
interface Lines<T> {
  readonly read: readonly T[];
  /** How many could not: cut off by a kill, or damaged. */
  readonly damaged: number;
  readonly isCut: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a JSON object a line; `read` returns undefined for one that is not what it should be. Throws nothing. */
export function parseLines<T>(text: string, read: (fields: Fields) => T | undefined): Lines<T> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const all = lines.slice(0, MOST_LINES).map((line) => {
    const fields = fieldsIn(line);
    return fields && read(fields);
  });
  const good = all.filter((one) => one !== undefined);
  return { read: good, damaged: all.length - good.length, isCut: lines.length > MOST_LINES };
}

function fieldsIn(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** A line of `steps.jsonl`; those of older versions have no `after`. */
export function readRecord({ step, after = [], outcome, began, ended, items = [] }: Fields): StepRecord | undefined {
  if (!isText(step) || !isTime(began) || !isTime(ended) || !isTexts(after) || !isTexts(items)) return undefined;
  if (outcome !== "done" && outcome !== "failed" && outcome !== "skipped") return undefined;
  return { step: words(step), after: after.map(words), outcome, began, ended, items };
}

/** A line of `timeline.jsonl`. */
export function readEvent({ at, kind, ...fields }: Fields): TimelineEntry | undefined {
  if (!isTime(at) || typeof kind !== "string" || !Object.hasOwn(EVENTS, kind)) return undefined;
  const event = EVENTS[kind]?.(fields);
  return event && { at, ...event };
}

const EVENTS: Readonly<Record<string, (fields: Fields) => TimelineEvent | undefined>> = {
  run: ({ command }) => (isText(command) ? { kind: "run", command: words(command) } : undefined),
  "run-ended": ({ outcome }) =>
    outcome === "done" || outcome === "failed" ? { kind: "run-ended", outcome } : undefined,
  step: ({ step, title, after }) =>
    isText(step) && isText(title) && isTexts(after)
      ? { kind: "step", step: words(step), title: words(title), after: after.map(words) }
      : undefined,
  begin: readBegin,
  end: ({ id, failed }) => (isNumber(id) && typeof failed === "boolean" ? { kind: "end", id, failed } : undefined),
  clock: ({ node, offset }) =>
    isText(node) && isNumber(offset) ? { kind: "clock", node: words(node), offset } : undefined,
  object: ({ object, node, master, created, scheduled, started, ready }) =>
    isText(object) && [node, master].every(isTextOrNull) && [created, scheduled, started, ready].every(isTimeOrNull)
      ? {
          ...{ kind: "object", object: words(object), node: named(node), master: named(master) },
          ...{ created: timeOf(created), scheduled: timeOf(scheduled), started: timeOf(started), ready: timeOf(ready) },
        }
      : undefined,
  image: ({ node, image, bytes, milliseconds, pulledAt }) =>
    isText(image) && isTextOrNull(node) && [bytes, milliseconds].every(isNumberOrNull) && isTime(pulledAt)
      ? {
          ...{ kind: "image", node: named(node), image: words(image), pulledAt },
          ...{ bytes: numberOf(bytes), milliseconds: numberOf(milliseconds) },
        }
      : undefined,
};

function readBegin({ id, step, node, part, waitsFor, image }: Fields): TimelineEvent | undefined {
  if (!isNumber(id) || !isText(part) || ![step, node, waitsFor, image ?? null].every(isTextOrNull)) return undefined;
  return {
    ...{
      kind: "begin" as const,
      id,
      step: named(step),
      node: named(node),
      part: words(part),
      waitsFor: named(waitsFor),
    },
    ...(isText(image) ? { image: words(image) } : {}),
  };
}

function named(value: unknown): string | null {
  return isText(value) ? words(value) : null;
}

function timeOf(value: unknown): string | null {
  return isTime(value) ? value : null;
}

function numberOf(value: unknown): number | null {
  return isNumber(value) ? value : null;
}

/** One line without what acts on a screen: nodes have a say in reasons. */
function words(text: string): string {
  return printable(text).replaceAll(/\s+/g, " ").trim().slice(0, LONGEST);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isTimeOrNull(value: unknown): boolean {
  return value === null || isTime(value);
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || (isNumber(value) && value >= 0);
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}
