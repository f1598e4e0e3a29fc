import { describe, expect, it } from "vitest";
import { until, type Clock } from "../../src/base/wait.js";

/** A clock on which sleeping takes no time. */
function quickClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    sleep: (milliseconds) => {
      now += milliseconds;
      return Promise.resolve();
    },
  };
}

describe("waiting", () => {
  it("ends when the check is satisfied, telling each new reason once", async () => {
    const answers = ["booting", "booting", "joining", undefined];
    const reasons: string[] = [];
    await until({
      what: "minion1",
      every: 10,
      atMost: 1000,
      clock: quickClock(),
      check: () => Promise.resolve(answers.shift()),
      onReason: (reason) => reasons.push(reason),
    });
    expect(reasons).toEqual(["booting", "joining"]);
  });

  it("never ends in silence: what, how long, the last reason, what to type", async () => {
    const waiting = until({
      what: "nodes-ready",
      every: 2000,
      atMost: 10_000,
      clock: quickClock(),
      hints: ["alpine-k8s status"],
      check: () => Promise.resolve("minion1 is not ready"),
    });
    await expect(waiting).rejects.toMatchObject({
      kind: "timeout",
      message: "gave up after 10 s waiting for nodes-ready: minion1 is not ready",
      hints: ["alpine-k8s status"],
    });
  });

  it("gives up at once when the check throws", async () => {
    const check = (): Promise<string> => Promise.reject(new Error("the machine is gone"));
    await expect(until({ what: "x", every: 1, atMost: 99, clock: quickClock(), check })).rejects.toThrow(
      "the machine is gone",
    );
  });
});
