import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/stories/**", "test/pack/**", "test/properties/**"],
    restoreMocks: true,
    unstubEnvs: true,
    disableConsoleIntercept: true,
    // Many tests wait for programs of their own: twice as many as there are cores go on at a time.
    maxWorkers: 2 * availableParallelism(),
    testTimeout: 60_000,
    // A condition is waited for as long as the test may take, not the second that is vitest's own limit.
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 30_000,
    setupFiles: ["test/setup.ts"],
  },
});
