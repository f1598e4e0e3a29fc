import type { Day } from "../../model/versions/facts.js";
import { supportAt, supportText } from "../../model/versions/support.js";
import { failed, ok, type Outcome, skipped } from "./check.js";

/**
 * Whether `what` gets fixes at `now`, milliseconds since 1970, and for 90 more days. Skipped for what is not in the table:
 * newer than this program, it may well get them.
 */
export function supportOutcome(what: string, ends: Day | undefined, now: number): Outcome {
  if (ends === undefined) return skipped(`until when ${what} gets fixes is not known here`);
  const support = supportAt(ends, now);
  const evidence = `${what} ${supportText(support)}`;
  return support.state === "ok" ? ok(evidence) : failed(evidence, "alpine-k8s versions");
}
