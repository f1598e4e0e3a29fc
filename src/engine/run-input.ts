import type { Progress } from "../base/progress.js";
import type { Tools } from "./tools.js";

/** What every operation gets from its caller. */
export interface RunInput {
  /** The cluster folder, absolute, with links resolved. */
  readonly folder: string;
  readonly tools: Tools;
  readonly progress: Progress;
  /** Aborted when the user wants the run to end. */
  readonly signal: AbortSignal;
}
