import { expect } from "vitest";
import type { Outcome } from "./bench.js";

/** The command ended with 0; otherwise its last words are in the assertion. */
export function expectDone(outcome: Outcome): void {
  const last = outcome.code === 0 ? "" : (outcome.stdout + outcome.stderr).slice(-3000);
  expect({ code: outcome.code, last }).toEqual({ code: 0, last: "" });
}
