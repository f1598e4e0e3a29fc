import { defineConfig } from "vitest/config";

// The story on boxes, by itself: the machine that QEMU emulates for it would take the processor from other stories.
export default defineConfig({
  test: {
    include: ["test/stories/box.test.ts"],
    globalSetup: ["test/stories/support/stop-benches.ts"],
    sequence: { concurrent: false, shuffle: false },
    testTimeout: 10 * 60_000,
    hookTimeout: 15 * 60_000,
    disableConsoleIntercept: true,
  },
});
