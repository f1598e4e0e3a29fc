import { AlpineK8sError } from "../../base/errors.js";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A moment as `--since` takes it: `90s`, `10m`, `2h`, `3d` before now, or a date with a time zone. Throws `usage`. */
export function parseSince(text: string, now = new Date()): Date {
  const [, amount, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return new Date(now.getTime() - Number(amount) * (UNITS[unit] ?? 1) * 1000);
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : undefined;
  if (date !== undefined && !Number.isNaN(date.getTime())) return date;
  throw new AlpineK8sError("usage", `--since ${text} is neither a time span nor a date with a time zone`, {
    hints: ["--since 10m  (s, m, h or d)", "--since 2026-01-31T12:00:00Z"],
  });
}

/**
 * When a line was written, in milliseconds since 1970; undefined for a line without a time. Knows the formats of klog
 * (text and JSON), of containerd, and of our own logs. klog's text has neither year nor time zone: it is taken for UTC,
 * Alpine's default, within the last year.
 */
export function lineTime(line: string, now = new Date()): number | undefined {
  const [, month, day, time] = /^[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d{3})/.exec(line) ?? [];
  if (time !== undefined) {
    const inYear = (year: number): number => Date.parse(`${year}-${month}-${day}T${time}Z`);
    const thisYear = inYear(now.getUTCFullYear());
    const found = thisYear > now.getTime() + 86_400_000 ? inYear(now.getUTCFullYear() - 1) : thisYear;
    return Number.isNaN(found) ? undefined : found;
  }
  const [, iso] = /^(?:time="?|\{"time":"|.{0,80}"time":")?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^\s",]*)/.exec(line) ?? [];
  if (iso !== undefined) {
    // Not every Date.parse accepts the nine digits of nanoseconds.
    const date = Date.parse(iso.replace(/(\.\d{3})\d+/, "$1"));
    return Number.isNaN(date) ? undefined : date;
  }
  const [, seconds] = /^\{"ts":(\d{13})/.exec(line) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

/** Makes a function that says whether a line is young enough; one that does not tell its time goes with the one before. */
export function sinceFilter(since: Date | undefined, now = (): Date => new Date()): (line: string) => boolean {
  if (since === undefined) return () => true;
  let young = false;
  return (line) => {
    // Asked for each line: a follower runs for days, and klog's lines have no year.
    const time = lineTime(line, now());
    if (time !== undefined) young = time >= since.getTime();
    return young;
  };
}
