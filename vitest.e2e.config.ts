import { defineConfig } from "vitest/config";

// The machine tests: one after the other on one bench, in the order of their file names.
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    fileParallelism: false,
    maxWorkers: 1,
    sequence: { concurrent: false, shuffle: false },
    testTimeout: 10 * 60_000,
    hookTimeout: 15 * 60_000,
    disableConsoleIntercept: true,
    bail: 0,
  },
});
