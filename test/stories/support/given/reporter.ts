import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import type { HostEntry } from "../../../../src/model/spec/cluster-spec.js";
import { failureLine } from "./failure-line.js";
import { lookAtMachines } from "./look.js";
import { exitCodeOf, markdownText, type Report, screenText, type StoryResult } from "./report.js";

const UNFINISHED = "the run ended before it";

/** Writes `report.json` and `report.md` after each story, so that an interrupted run leaves a report, too. */
export class GivenReporter implements Reporter {
  #report: Report;

  constructor(
    private readonly folder: string,
    private readonly hosts: readonly HostEntry[],
    beginning: Report,
  ) {
    this.#report = beginning;
    this.#write();
  }

  onTestModuleEnd(module: TestModule): void {
    const result = resultOf(module);
    const stories = this.#report.stories.map((story) => (story.name === result.name ? result : story));
    this.#report = { ...this.#report, stories };
    this.#write();
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    for (const module of modules)
      if (module.state() !== "pending" && module.state() !== "queued") this.onTestModuleEnd(module);
    // Asked again, because a story may have installed programs that were not there at the beginning.
    const machines = await lookAtMachines(this.hosts).catch(() => this.#report.versions.machines);
    this.#report = { ...this.#report, versions: { ...this.#report.versions, machines } };
    this.end();
  }

  /** Shows the report and decides the exit code. */
  end(): void {
    this.#write();
    console.log(`\n${screenText(this.#report)}${join(this.folder, "report.md")} and report.json say the same.`);
    const code = exitCodeOf(this.#report);
    process.on("exit", () => (process.exitCode = code));
  }

  #write(): void {
    const seconds = Math.round((Date.now() - Date.parse(this.#report.started)) / 1000);
    this.#report = { ...this.#report, seconds };
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, "report.json"), `${JSON.stringify(this.#report, undefined, 2)}\n`);
    writeFileSync(join(this.folder, "report.md"), markdownText(this.#report));
  }
}

/** A story that was not run, or not yet. */
export function notRun(name: string, why: string = UNFINISHED): StoryResult {
  return { name, result: "not run", why, seconds: 0, tests: { passed: 0, failed: 0 }, leftOut: [] };
}

/** How a story ended, with its first failure. */
export function resultOf(module: TestModule): StoryResult {
  const tests = [...module.children.allTests()];
  const named = (state: string): TestCase[] => tests.filter((test) => test.result().state === state);
  const nothing = named("passed").length === 0 ? "none of its tests ran" : undefined;
  const why = firstFailure(module, named("failed")) ?? nothing;
  return {
    name: basename(module.moduleId, ".test.ts"),
    result: why === undefined ? "passed" : "failed",
    ...(why === undefined ? {} : { why }),
    seconds: Math.round(module.diagnostic().duration / 1000),
    tests: { passed: named("passed").length, failed: named("failed").length },
    // After a hook has failed, vitest reports all tests as skipped; only these were skipped on purpose.
    leftOut: tests.filter(({ options }) => options.mode === "skip").map(({ name }) => name),
  };
}

/** The first failure: of a hook of the whole story, else of a test. */
function firstFailure(module: TestModule, failed: readonly TestCase[]): string | undefined {
  const [before] = [...module.errors(), ...[...module.children.allSuites()].flatMap((suite) => suite.errors())];
  const [test] = failed;
  if (test === undefined) return before === undefined ? undefined : `before or after its tests: ${failureLine(before)}`;
  const [error] = test.result().errors ?? [];
  return `${test.name}: ${error === undefined ? "it says nothing" : failureLine(error)}`;
}
