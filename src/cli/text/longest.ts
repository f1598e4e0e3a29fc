import type { LongPart } from "../../operations/timings/longest-parts.js";
import { seconds } from "../progress/plain.js";

/** The longest parts of a run in one line; none where nothing took time. */
export function longestLine(longest: readonly LongPart[]): readonly string[] {
  const parts = longest.map(
    ({ step, node, part, milliseconds }) =>
      `${node === null || part === null ? step : `${part} on ${node}`} ${seconds(milliseconds)}`,
  );
  return parts.length === 0 ? [] : [`Longest: ${parts.join(", ")}.`];
}
