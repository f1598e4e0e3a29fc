/** A stretch of time, in milliseconds since 1970; `to` is never before `from`. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The same time without overlaps, in order. */
function union(intervals: readonly Interval[]): readonly Interval[] {
  const merged: { from: number; to: number }[] = [];
  for (const { from, to } of [...intervals].sort((one, other) => one.from - other.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** Milliseconds that are covered. */
export function covered(intervals: readonly Interval[]): number {
  return union(intervals).reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Milliseconds that `intervals` cover and `others` do not. */
export function coveredWithout(intervals: readonly Interval[], others: readonly Interval[]): number {
  return covered([...intervals, ...others]) - covered(others);
}

/** The parts of the intervals that lie within `frame`. */
export function clipped(intervals: readonly Interval[], frame: Interval): readonly Interval[] {
  return intervals
    .map(({ from, to }) => ({ from: Math.max(from, frame.from), to: Math.min(to, frame.to) }))
    .filter(({ from, to }) => to > from);
}
