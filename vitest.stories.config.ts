import { defineConfig } from "vitest/config";
import { WORKERS } from "./test/stories/support/bench.js";

// What every change must pass; of the kills it is the turn of another step, place and kind of node each day. The others
// take longer than a change can wait: `npm run long` runs all.
const EVERY_TIME = ["hosts", "vagrant", "kill", "kill-nodes", "addons", "addons-kept", "users", "one-address"].map(
  (story) => `test/stories/${story}.test.ts`,
);
const long = process.env["ALPINE_K8S_LONG"] === "1";

// The machine tests: each file is a story, whose tests continue one another; every worker has a bench of its own.
export default defineConfig({
  test: {
    include: long ? ["test/stories/**/*.test.ts"] : EVERY_TIME,
    globalSetup: ["test/stories/support/stop-benches.ts"],
    maxWorkers: WORKERS,
    sequence: { concurrent: false, shuffle: false },
    testTimeout: 10 * 60_000,
    hookTimeout: 15 * 60_000,
    disableConsoleIntercept: true,
    bail: 0,
  },
});
