import { defineConfig } from "vitest/config";

// The archives of `npm run pack`, made from what is built and with npm's registry, so apart from the unit tests.
export default defineConfig({
  test: {
    include: ["test/pack/**/*.test.ts"],
    testTimeout: 10 * 60_000,
    hookTimeout: 10 * 60_000,
    disableConsoleIntercept: true,
  },
});
