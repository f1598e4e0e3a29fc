import { QUICK_CHECKS } from "./catalogue.js";
import type { Check, Fix, Outcome, Weight } from "./check.js";
import type { QuickSubject } from "./subject.js";

/** One line of what `doctor` reports; the shape of an element of `checks` in `doctor -o json`. */
export interface Finding {
  readonly id: string;
  /** `this computer`, `the folder`, or the node's name in Kubernetes. */
  readonly on: string;
  readonly weight: Weight;
  readonly state: Outcome["state"];
  readonly evidence: string;
  /** One command to type; null unless it failed. */
  readonly command: string | null;
  /** What `--fix` did about it; null when nothing. */
  readonly fixed: string | null;
}

/** A finding together with what would repair it. */
export interface Looked {
  readonly finding: Finding;
  readonly fix: Fix | undefined;
}

/** An outcome as a finding. */
export function findingOf(check: Pick<Finding, "id" | "on" | "weight">, outcome: Outcome): Finding {
  const { id, on, weight } = check;
  const { state, evidence } = outcome;
  if (outcome.state !== "failed") return { id, on, weight, state, evidence, command: null, fixed: null };
  return { id, on, weight: outcome.weight ?? weight, state, evidence, command: outcome.command, fixed: null };
}

/** Runs all checks in parallel; the results are in the order of the checks. */
export async function runChecks<Seen>(checks: readonly Check<Seen>[], subject: Seen): Promise<readonly Looked[]> {
  return Promise.all(
    checks.map(async (check) => {
      const outcome = await check.look(subject);
      return { finding: findingOf(check, outcome), fix: outcome.state === "failed" ? outcome.fix : undefined };
    }),
  );
}

/** What `up` reports about this computer before it makes a new cluster. */
export interface Beforehand {
  /** Findings because of which nothing may be made. */
  readonly refusals: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** The part of the checks that `up` runs. Starts no program and uses no network: a few milliseconds. */
export async function lookBeforehand(subject: QuickSubject): Promise<Beforehand> {
  const checks = QUICK_CHECKS.filter(({ inUp }) => inUp !== undefined);
  const found = (await runChecks(checks, subject)).map(({ finding }) => finding);
  const bad = found.filter(({ state }) => state === "failed");
  const refuses = new Set(checks.filter(({ inUp }) => inUp === "refuse").map(({ id }) => id));
  const isRefusal = ({ id, weight }: Finding): boolean => refuses.has(id) && weight === "error";
  return { refusals: bad.filter(isRefusal), warnings: bad.filter((finding) => !isRefusal(finding)) };
}
