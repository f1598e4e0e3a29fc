import { describe, expect, it } from "vitest";
import { failureLine } from "../stories/support/given/failure-line.js";
import {
  exitCodeOf,
  markdownText,
  type Report,
  screenText,
  type StoryResult,
} from "../stories/support/given/report.js";

const passed: StoryResult = {
  ...{ name: "hosts", result: "passed", seconds: 61, tests: { passed: 6, failed: 0 } },
  leftOut: ["comes up behind an address translation"],
};
const failed: StoryResult = {
  ...{ name: "power", result: "failed", seconds: 120, tests: { passed: 2, failed: 3 }, leftOut: [] },
  why: "cut 1: Error: Join the minions: minion1: a | b",
};
const notRun: StoryResult = {
  ...{ name: "masters", result: "not run", seconds: 0, tests: { passed: 0, failed: 0 }, leftOut: [] },
  why: "it needs 3 masters, the spec has 1",
};

function report(...stories: StoryResult[]): Report {
  const machine = {
    name: "alpha",
    os: "Alpine Linux v3.24",
    kernel: "6.12.1-0-virt",
    runtime: "",
    kubernetes: "v1.36.1",
  };
  return {
    ...{ started: "2026-01-02T03:04:05.000Z", seconds: 181, spec: "/lab.yaml", stories },
    versions: { alpineK8s: "0.1.0 (abc1234)", kubernetes: "v1.36.1", kubectl: "v1.36.0", machines: [machine] },
  };
}

describe("the report of stories on given machines", () => {
  it("is a success only when each story passed", () => {
    expect(exitCodeOf(report(passed))).toBe(0);
    expect(exitCodeOf(report(passed, failed, notRun))).toBe(4);
    expect(exitCodeOf(report(passed, notRun))).toBe(3);
    expect(exitCodeOf(report())).toBe(3);
  });

  it("says on the screen how each story ended and why, and on what", () => {
    expect(screenText(report(passed, failed, notRun))).toBe(
      `Stories on given machines: 1 passed, 1 failed, 1 not run, 181 s
  hosts    passed      61 s
    1 of 7 tests left out, they need the bench: comes up behind an address translation
  power    failed     120 s
    cut 1: Error: Join the minions: minion1: a | b
    3 of 5 tests failed
  masters  not run
    it needs 3 masters, the spec has 1
alpine-k8s 0.1.0 (abc1234), Kubernetes v1.36.1, kubectl v1.36.0
  alpha: Alpine Linux v3.24, 6.12.1-0-virt, v1.36.1
`,
    );
  });

  it("is a page with tables", () => {
    const page = markdownText(report(failed, notRun));
    expect(page).toContain("0 passed, 1 failed, 1 not run. Started 2026-01-02T03:04:05.000Z, 181 s, spec `/lab.yaml`.");
    expect(page).toContain(
      "| power | failed | 120 s | cut 1: Error: Join the minions: minion1: a \\| b<br>3 of 5 tests failed |\n" +
        "| masters | not run |  | it needs 3 masters, the spec has 1 |\n",
    );
    expect(page).toContain("| alpha | Alpine Linux v3.24 | 6.12.1-0-virt |  | v1.36.1 |\n");
  });
});

describe("the line that matters of a failure", () => {
  it("is the error of the command whose last words are in the assertion", () => {
    const diff = `- Expected\n+ Received\n\n+   "last": "-> Join the minions\n\u001b[31m+ Error: Join the minions: minion1: no answer\u001b[39m\n+ Try this: alpine-k8s up`;
    expect(failureLine({ message: "expected { code: 4 } to deeply equal { code: 0 }", diff })).toBe(
      "Error: Join the minions: minion1: no answer",
    );
    expect(failureLine({ message: "m", actual: 'Object { "last": "Error: no room' })).toBe("Error: no room");
  });

  it("is otherwise the first line of the assertion", () => {
    expect(failureLine({ message: "not within 60 s: master1 is off\nmore" })).toBe("not within 60 s: master1 is off");
    expect(failureLine({ message: "" })).toBe("it says nothing");
  });
});
