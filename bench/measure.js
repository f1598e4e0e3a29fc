/** Runs `work` some times, one after the other, the first time unmeasured; gives milliseconds in ascending order. */
export async function measure(times, work) {
  await work();
  const taken = [];
  for (let index = 0; index < times; index += 1) {
    const started = performance.now();
    await work();
    taken.push(performance.now() - started);
  }
  return taken.sort((one, other) => one - other);
}

/** Runs each of the works so often, in turns, so that what else the computer does meets all alike; as {@link measure} does. */
export async function measureInTurns(times, works) {
  const taken = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  for (let index = -1; index < times; index += 1) {
    for (const [name, work] of Object.entries(works)) {
      const started = performance.now();
      await work();
      // The first turn is unmeasured.
      if (index >= 0) taken[name].push(performance.now() - started);
    }
  }
  for (const values of Object.values(taken)) values.sort((one, other) => one - other);
  return taken;
}

export function median(sorted) {
  return quantile(sorted, 0.5);
}

/** The value below which that part of the sorted numbers lies, 0.5 for the median. */
function quantile(sorted, part) {
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place % 1);
}

/** One row of the table: what was measured, how often, median, middle half and extremes in milliseconds. */
export function row(what, sorted) {
  const [least, lower, median, upper, most] = [0, 0.25, 0.5, 0.75, 1].map((part) => quantile(sorted, part).toFixed(0));
  return [what, String(sorted.length), median, `${lower} to ${upper}`, `${least} to ${most}`];
}

/** A Markdown table, so that it can go into README.md as it is. */
export function markdownTable(header, rows) {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((cells) => cells[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  return [line(header), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}
