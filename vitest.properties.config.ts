import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/properties/longest-first.js";

// What has to hold for any input, tried with 10,000 generated cases each: `npm run properties`.
export default defineConfig({
  test: {
    include: ["test/properties/**/*.test.ts"],
    disableConsoleIntercept: true,
    // The cases compute all the time: one file for each core.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    // No file changes what another sees: each process goes on with code that is compiled by then.
    isolate: false,
    // Modules as Node gives them: vitest's own kind looks each name up again whenever it is used.
    deps: { interopDefault: false },
    // The cases make much that is thrown away at once.
    execArgv: ["--max-semi-space-size=64"],
    testTimeout: 20 * 60_000,
    hookTimeout: 5 * 60_000,
    setupFiles: ["test/setup.ts", "test/properties/setup.ts"],
  },
});
