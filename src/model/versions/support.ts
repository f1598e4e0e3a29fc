import type { AlpineRelease, Day } from "./facts.js";
import { ALPINE } from "./table.js";

/** Fewer days than this are told as soon; fewer than the second as pressing. */
const SOON_DAYS = 90;
const PRESSING_DAYS = 30;

const DAY = 24 * 60 * 60 * 1000;

/** Whether something gets fixes at a moment. */
export interface Support {
  readonly ends: Day;
  /** Whole days until the last one; 0 on it, negative afterwards. */
  readonly daysLeft: number;
  readonly state: "ok" | "soon" | "ended";
}

/** What `ends` means at `now`, milliseconds since 1970. */
export function supportAt(ends: Day, now: number): Support {
  const daysLeft = Math.round((Date.parse(ends) - Date.parse(dayOf(now))) / DAY);
  const state = daysLeft < 0 ? "ended" : daysLeft < SOON_DAYS ? "soon" : "ok";
  return { ends, daysLeft, state };
}

/** The day in UTC. */
export function dayOf(now: number): Day {
  return new Date(now).toISOString().slice(0, 10);
}

/** The end of a sentence: `gets fixes for 60 more days, until 2027-02-28`. */
export function supportText({ ends, daysLeft, state }: Support): string {
  if (state === "ended") return `has had no fixes since ${ends}`;
  if (state === "ok") return `gets fixes until ${ends}`;
  if (daysLeft === 0) return `gets fixes for the last day, ${ends}`;
  const days = daysLeft === 1 ? "1 more day" : `${daysLeft} more days`;
  return `gets fixes for ${daysLeft < PRESSING_DAYS ? "only " : ""}${days}, until ${ends}`;
}

/** The row of Alpine `3.24` or `3.24.1`; undefined for a release that is not in the table. */
export function alpineRelease(version: string): AlpineRelease | undefined {
  const release = /^(\d+\.\d+)(?:[._]|$)/.exec(version)?.[1];
  return ALPINE.find((row) => row.release === release);
}
