import type { PlannedNode } from "../model/topology/topology.js";

/** A node that a run goes on without. */
interface LeftBehind {
  readonly node: PlannedNode;
  readonly error: unknown;
  /** What was to be done on it: `Join the minions`. */
  readonly during: string;
}

/** What a run has to tell at its end, besides what it did. It only grows. */
export interface RunReport {
  readonly warnings: readonly string[];
  /** Nodes that the run goes on without; it fails for them when all else is done. */
  readonly leftBehind: readonly LeftBehind[];
  /** Keeps a warning for the summary; `warn` shows it at once, too. */
  addWarning(message: string): void;
  leaveBehind(left: LeftBehind): void;
}

/** Makes the report of a run, with nothing in it. */
export function runReport(): RunReport {
  const warnings: string[] = [];
  const leftBehind: LeftBehind[] = [];
  return {
    get warnings() {
      return [...warnings];
    },
    get leftBehind() {
      return [...leftBehind];
    },
    addWarning: (message) => void warnings.push(message),
    leaveBehind: (left) => void leftBehind.push(left),
  };
}
