import { defineConfig } from "vitest/config";
import { WORKERS } from "./test/e2e/bench.js";

// The machine tests: each file is a story, whose tests continue one another; every worker has a bench of its own.
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    globalSetup: ["test/e2e/stop-benches.ts"],
    maxWorkers: WORKERS,
    sequence: { concurrent: false, shuffle: false },
    testTimeout: 10 * 60_000,
    hookTimeout: 15 * 60_000,
    disableConsoleIntercept: true,
    bail: 0,
  },
});
