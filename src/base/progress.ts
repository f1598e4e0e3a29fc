/**
 * What a long operation reports while it runs. Steps know only this interface; terminals, pipes, `-o json` and tests
 * each have their own implementation.
 */
export interface Progress {
  /** A step of the operation's ordered list starts. */
  stepStarted(title: string): void;
  /** The step had nothing to do; `reason` completes "nothing to do: …". */
  stepSkipped(title: string, reason: string): void;
  /** The step is done; `milliseconds` is its wall time. */
  stepDone(title: string, milliseconds: number): void;
  stepFailed(title: string, milliseconds: number): void;
  /** What one node is doing right now; replaces its previous activity. */
  node(name: string, activity: string): void;
  /** What the running step waits for right now; undefined: for nothing any more. Ends with the step. */
  waiting(reason: string | undefined): void;
  /** Something the user should read and keep; shown once, also in the summary. */
  warn(message: string): void;
  /** A line of plain information. */
  info(message: string): void;
  /** Detail for `--verbose`. */
  detail(message: string): void;
}

/** A progress that says nothing. */
export const silentProgress: Progress = {
  stepStarted: () => undefined,
  stepSkipped: () => undefined,
  stepDone: () => undefined,
  stepFailed: () => undefined,
  node: () => undefined,
  waiting: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  detail: () => undefined,
};
