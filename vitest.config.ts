import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/e2e/**"],
    restoreMocks: true,
    unstubEnvs: true,
    disableConsoleIntercept: true,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    setupFiles: ["test/setup.ts"],
  },
});
