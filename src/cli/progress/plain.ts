import { printable } from "../../base/printable.js";
import type { Progress } from "../../base/progress.js";

type Write = (text: string) => void;

/** Seconds with one decimal, `3.2 s`. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Progress as plain lines, for pipes and logs: nothing is ever redrawn, and what has not changed is not repeated. */
export function plainProgress(write: Write, options: { verbose: boolean }): Progress {
  const line = (text: string): void => write(`${printable(text)}\n`);
  const doing = new Map<string, string>();
  return {
    stepStarted: (title) => line(`-> ${title}`),
    stepSkipped: (title, reason) => line(`ok ${title}: nothing to do, ${reason}`),
    stepDone: (title, milliseconds) => line(`ok ${title} (${seconds(milliseconds)})`),
    stepFailed: (title, milliseconds) => line(`failed ${title} (${seconds(milliseconds)})`),
    node: (name, activity) => {
      if (doing.get(name) !== activity) line(`   ${name}: ${activity}`);
      doing.set(name, activity);
    },
    waiting: (reason) => {
      if (reason !== undefined) line(`   waiting: ${reason}`);
    },
    warn: (message) => line(`warning: ${message}`),
    info: (message) => line(message),
    detail: (message) => {
      if (options.verbose) line(`   ${message}`);
    },
  };
}
