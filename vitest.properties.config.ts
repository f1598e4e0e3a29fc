import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// What has to hold for any input, tried with 10,000 generated cases each: `npm run properties`.
export default defineConfig({
  test: {
    include: ["test/properties/**/*.test.ts"],
    disableConsoleIntercept: true,
    // The cases compute all the time: one file for each core.
    maxWorkers: availableParallelism(),
    testTimeout: 20 * 60_000,
    hookTimeout: 5 * 60_000,
    setupFiles: ["test/setup.ts"],
  },
});
