import type { TimingsDocument } from "../../operations/timings/read-timings.js";
import { table } from "./table.js";

/** How a run compares with an earlier one, as people read it; nothing when it was not asked. */
export function comparisonText({
  against,
  comparison,
  milliseconds,
}: Pick<TimingsDocument, "against" | "comparison" | "milliseconds">): readonly string[] {
  if (against === null) return [];
  const total = { before: against.milliseconds, after: milliseconds, difference: milliseconds - against.milliseconds };
  const rows = comparison.map(({ title, ...times }) => [title, ...cells(times)]);
  return [
    "",
    `Against run ${against.run}, the greatest loss first:`,
    "",
    table(["step", " before", "  after", "difference"], [...rows, ["total", ...cells(total)]]),
  ];
}

interface Times {
  readonly before: number | null;
  readonly after: number | null;
  readonly difference: number;
}

function cells({ before, after, difference }: Times): readonly string[] {
  const change = (difference / 1000).toFixed(1);
  const signed = difference > 0 ? `+${change}` : change;
  // A loss too small to be seen has no sign.
  return [cell(before), cell(after), (Number(change) === 0 ? "0.0" : signed).padStart(10)];
}

function cell(milliseconds: number | null): string {
  return (milliseconds === null ? "-" : (milliseconds / 1000).toFixed(1)).padStart(7);
}
