import type { Progress } from "../../base/progress.js";

const WIDTH = 24;
/** Milliseconds between two redraws. */
const EVERY = 100;
/** Milliseconds after which a download's speed says something. */
const SETTLED = 1000;

/**
 * Shows a download as a bar on a terminal, in the line of `name`. Undefined when progress goes to a pipe, where every redraw
 * would be a new line.
 */
export function downloadBar(
  progress: Progress,
  name: string,
  now = (): number => performance.now(),
): ((done: number, all: number | undefined) => void) | undefined {
  if (!("stop" in progress)) return undefined;
  const started = now();
  let drawn = Number.NEGATIVE_INFINITY;
  return (done, all) => {
    if (done !== all && now() - drawn < EVERY) return;
    drawn = now();
    progress.node(name, barText(done, all, drawn - started));
  };
}

/**
 * `[######------]  50 %  24.0 of 48.0 MiB  3.1 MiB/s  8 s left`; without a known size only what was received, and the speed.
 * The time left is told from the second second on: before that it would jump.
 */
export function barText(done: number, all: number | undefined, milliseconds: number): string {
  const speed = milliseconds > 0 ? `  ${mebibytes((done / milliseconds) * 1000)} MiB/s` : "";
  if (all === undefined || all === 0) return `${mebibytes(done)} MiB${speed}`;
  const part = Math.min(1, done / all);
  const full = Math.floor(part * WIDTH);
  const percent = String(Math.floor(part * 100)).padStart(3);
  const left =
    milliseconds < SETTLED || done === 0 || done >= all ? "" : `  ${span((milliseconds / done) * (all - done))} left`;
  return `[${"#".repeat(full)}${"-".repeat(WIDTH - full)}] ${percent} %  ${mebibytes(done)} of ${mebibytes(all)} MiB${speed}${left}`;
}

/** `8 s`, `3 min 20 s`. */
function span(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
