import { defineConfig } from "vitest/config";

// What takes minutes to measure, on the practice machines; see bench/README.md.
export default defineConfig({
  test: {
    include: ["bench/**/*.bench.ts"],
    globalSetup: ["test/stories/support/stop-benches.ts"],
    maxWorkers: 1,
    disableConsoleIntercept: true,
  },
});
