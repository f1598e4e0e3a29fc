import type { Clock } from "../../src/base/wait.js";

/** A clock on which sleeping takes no time. */
export function quickClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: (milliseconds) => {
      now += milliseconds;
      return Promise.resolve();
    },
  };
}
