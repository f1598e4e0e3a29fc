import type { Subject, QuickSubject } from "./subject.js";

/** An error keeps a cluster from working; a warning may not. */
export type Weight = "error" | "warning";

/** A safe repair of something of ours, for `doctor --fix`. */
export interface Fix {
  /** Does it and says what was done, `made cluster-token 0600`. */
  run(): Promise<string>;
}

/** What a check found. */
export type Outcome =
  | { readonly state: "ok" | "skipped"; readonly evidence: string }
  | {
      readonly state: "failed";
      /** What was seen, and what is wrong with it. */
      readonly evidence: string;
      /** One command to type. */
      readonly command: string;
      /** When it is not the check's own. */
      readonly weight?: Weight;
      readonly fix?: Fix;
    };

/** One thing that is checked; `look` changes nothing and throws only on a bug. */
export interface Check<Seen = Subject> {
  readonly id: string;
  /** `this computer`, or `the folder`. */
  readonly on: Place;
  readonly weight: Weight;
  readonly look: (subject: Seen) => Promise<Outcome> | Outcome;
}

type Place = "this computer" | "the folder";

/**
 * A check that starts no program. `up` runs it before it makes a new cluster: a failure is reported (`warn`), or, when
 * it has the weight of an error, ends the run before anything is made (`refuse`).
 */
export interface QuickCheck extends Check<QuickSubject> {
  readonly inUp?: "warn" | "refuse";
}

export const ok = (evidence: string): Outcome => ({ state: "ok", evidence });
export const skipped = (evidence: string): Outcome => ({ state: "skipped", evidence });

export function failed(
  evidence: string,
  command: string,
  more: { readonly weight?: Weight; readonly fix?: Fix } = {},
): Outcome {
  return { state: "failed", evidence, command, ...more };
}
