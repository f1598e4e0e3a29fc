import { printable } from "../../base/printable.js";
import type { Progress } from "../../base/progress.js";
import { fitLine, fitRows } from "./fit.js";
import { seconds } from "./plain.js";

export interface Terminal {
  write(text: string): unknown;
  /** Size in characters; 0 or absent when the terminal does not report it. */
  readonly columns?: number;
  readonly rows?: number;
}

interface RunningStep {
  readonly title: string;
  /** By `performance.now()`. */
  readonly started: number;
  /** What it waits for, once it has told. */
  reason: string | undefined;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const green = (text: string): string => `\u001b[32m${text}\u001b[39m`;
const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
const yellow = (text: string): string => `\u001b[33m${text}\u001b[39m`;
const dim = (text: string): string => `\u001b[2m${text}\u001b[22m`;

/**
 * Live progress for a terminal: finished steps stay as lines; below them the running steps and what each node does are
 * redrawn in place. `stop` removes the live part and shows the cursor again.
 */
export function terminalProgress(terminal: Terminal, options: { verbose: boolean }): Progress & { stop(): void } {
  const nodes = new Map<string, string>();
  let running: readonly RunningStep[] = [];
  let drawn = 0;
  let frame = 0;

  const erase = (): string => (drawn === 0 ? "" : `\u001b[${drawn}A\u001b[0J`);
  const draw = (): void => {
    const lines = running.length === 0 ? [] : fitRows(liveLines(running, nodes, frame), terminal.rows || 24);
    terminal.write(`${erase()}${lines.map((line) => `${fitLine(line, terminal.columns || 80)}\n`).join("")}`);
    drawn = lines.length;
  };
  const keep = (line: string): void => {
    terminal.write(`${erase()}${line}\n`);
    drawn = 0;
    draw();
  };
  const end = (title: string, line: string): void => {
    running = running.filter((step) => step.title !== title);
    keep(line);
  };
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, 120);
  timer.unref();

  return {
    stepStarted: (title) => {
      running = [...running, { title, started: performance.now(), reason: undefined }];
      // The cursor is hidden only now, because a question that comes before the first step needs it.
      terminal.write("\u001b[?25l");
      draw();
    },
    stepSkipped: (title, reason) => end(title, `${green("✓")} ${title} ${dim(`nothing to do: ${printable(reason)}`)}`),
    stepDone: (title, milliseconds) => end(title, `${green("✓")} ${title} ${dim(seconds(milliseconds))}`),
    stepFailed: (title, milliseconds) => end(title, `${red("✗")} ${title} ${dim(seconds(milliseconds))}`),
    node: (name, activity) => {
      nodes.set(name, activity);
      draw();
    },
    waiting: (reason) => {
      const [last] = running.slice(-1);
      if (last !== undefined) last.reason = reason;
      if (options.verbose && reason !== undefined) keep(dim(`    waiting: ${printable(reason)}`));
      else draw();
    },
    warn: (message) => keep(`${yellow("!")} ${printable(message)}`),
    info: (message) => keep(`  ${printable(message)}`),
    detail: (message) => {
      if (options.verbose) keep(dim(`    ${printable(message)}`));
    },
    stop: () => {
      clearInterval(timer);
      running = [];
      draw();
      terminal.write("\u001b[?25h");
    },
  };
}

/** The running steps with their ages in seconds and what they wait for, below them what each node does. */
function liveLines(
  steps: readonly RunningStep[],
  nodes: ReadonlyMap<string, string>,
  frame: number,
): readonly string[] {
  const elapsed = ({ started }: RunningStep): number => Math.round((performance.now() - started) / 1000);
  const width = Math.max(0, ...[...nodes.keys()].map((name) => name.length));
  return [
    ...steps.flatMap((step) => [
      `${FRAMES[frame % FRAMES.length] ?? ""} ${step.title} (${elapsed(step)} s)`,
      ...(step.reason === undefined ? [] : [`    waiting: ${step.reason}`]),
    ]),
    ...[...nodes].map(([name, activity]) => `    ${name.padEnd(width)}  ${activity}`),
  ];
}
