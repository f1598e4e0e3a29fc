import type { Progress } from "./progress.js";
import { seconds } from "./progress-plain.js";

export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const green = (text: string): string => `\u001b[32m${text}\u001b[39m`;
const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
const yellow = (text: string): string => `\u001b[33m${text}\u001b[39m`;
const dim = (text: string): string => `\u001b[2m${text}\u001b[22m`;

/**
 * Live progress for a terminal: finished steps stay as lines, below them the running step and what each node does are
 * redrawn in place. `stop` takes the live part away and shows the cursor again.
 */
export function terminalProgress(terminal: Terminal, options: { verbose: boolean }): Progress & { stop(): void } {
  const nodes = new Map<string, string>();
  let current: { title: string; started: number } | undefined;
  let drawn = 0;
  let frame = 0;

  const erase = (): string => (drawn === 0 ? "" : `\u001b[${drawn}A\u001b[0J`);
  const draw = (): void => {
    const lines = current === undefined ? [] : liveLines(current);
    terminal.write(`${erase()}${lines.map((line) => `${fit(line, terminal.columns ?? 80)}\n`).join("")}`);
    drawn = lines.length;
  };
  const liveLines = (step: { title: string; started: number }): string[] => {
    const elapsed = Math.round((performance.now() - step.started) / 1000);
    const width = Math.max(0, ...[...nodes.keys()].map((name) => name.length));
    return [
      `${FRAMES[frame % FRAMES.length] ?? ""} ${step.title} (${elapsed} s)`,
      ...[...nodes].map(([name, activity]) => `    ${name.padEnd(width)}  ${activity}`),
    ];
  };
  const keep = (line: string): void => {
    terminal.write(`${erase()}${line}\n`);
    drawn = 0;
    draw();
  };
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, 120);
  timer.unref();
  terminal.write("\u001b[?25l");

  return {
    stepStarted: (title) => {
      current = { title, started: performance.now() };
      draw();
    },
    stepSkipped: (title, reason) => {
      current = undefined;
      keep(`${green("✓")} ${title} ${dim(`nothing to do: ${reason}`)}`);
    },
    stepDone: (title, milliseconds) => {
      current = undefined;
      keep(`${green("✓")} ${title} ${dim(seconds(milliseconds))}`);
    },
    stepFailed: (title, milliseconds) => {
      current = undefined;
      keep(`${red("✗")} ${title} ${dim(seconds(milliseconds))}`);
    },
    node: (name, activity) => {
      nodes.set(name, activity);
      draw();
    },
    warn: (message) => keep(`${yellow("!")} ${message}`),
    info: (message) => keep(`  ${message}`),
    detail: (message) => {
      if (options.verbose) keep(dim(`    ${message}`));
    },
    stop: () => {
      clearInterval(timer);
      current = undefined;
      draw();
      terminal.write("\u001b[?25h");
    },
  };
}

/** Cuts a line to the terminal's width, so that what is redrawn is as many rows as lines. */
function fit(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}
