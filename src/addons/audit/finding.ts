/** What came of one check; all but the passed ones are told. */
export interface Finding {
  readonly result: "passed" | "failed" | "skipped";
  readonly text: string;
}

/** A check that failed for each of the reasons; passed when there are none. */
export function checked(reasons: readonly string[]): readonly Finding[] {
  if (reasons.length === 0) return [{ result: "passed", text: "" }];
  return reasons.map((text) => ({ result: "failed", text }));
}
