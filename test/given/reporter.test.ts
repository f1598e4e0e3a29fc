import { describe, expect, it } from "vitest";
import type { TestModule } from "vitest/node";
import { resultOf } from "../stories/support/given/reporter.js";

interface FakeTest {
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped";
  readonly mode?: "skip";
  readonly message?: string;
}

/** What vitest reports for a file that has run; `hook` is an error outside of its tests. */
function ended(tests: readonly FakeTest[], hook?: string): TestModule {
  const errorsOf = (message: string | undefined) => (message === undefined ? [] : [{ message }]);
  const module = {
    moduleId: "/checkout/test/stories/power.test.ts",
    diagnostic: () => ({ duration: 61_400 }),
    errors: () => errorsOf(hook),
    children: {
      allSuites: () => [],
      allTests: () =>
        tests.map(({ name, state, mode = "run", message }) => ({
          ...{ name, options: { mode }, result: () => ({ state, errors: errorsOf(message) }) },
        })),
    },
  };
  return module as unknown as TestModule;
}

describe("the result of a story", () => {
  it("is passed with what was left out, and with its time", () => {
    const tests = [
      { name: "comes up", state: "passed" },
      { name: "behind an address translation", state: "skipped", mode: "skip" },
    ] as const;
    expect(resultOf(ended(tests))).toEqual({
      ...{ name: "power", result: "passed", seconds: 61, tests: { passed: 1, failed: 0 } },
      leftOut: ["behind an address translation"],
    });
  });

  it("is failed with the first test that failed", () => {
    const tests = [
      { name: "comes up", state: "failed", message: "not within 60 s: master1 is off" },
      { name: "serves", state: "failed", message: "later" },
    ] as const;
    expect(resultOf(ended(tests))).toMatchObject({
      ...{ result: "failed", why: "comes up: not within 60 s: master1 is off", tests: { passed: 0, failed: 2 } },
    });
  });

  it("is failed when what comes before its tests failed, and when there were none", () => {
    const never = [{ name: "comes up", state: "skipped" }] as const;
    expect(resultOf(ended(never, "minion1 is a node already"))).toMatchObject({
      ...{ result: "failed", why: "before or after its tests: minion1 is a node already", leftOut: [] },
    });
    expect(resultOf(ended([]))).toMatchObject({ result: "failed", why: "none of its tests ran" });
  });
});
