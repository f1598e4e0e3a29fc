import { defineConfig } from "vitest/config";
import { parseOptions, USAGE } from "./test/stories/support/given/options.js";
import { prepare } from "./test/stories/support/given/prepare.js";
import { refusalText } from "./test/stories/support/given/refusal.js";
import { GIVEN_VARIABLE } from "./test/stories/support/given/settings.js";

// The stories on machines that exist: `npm run stories`, whose words test/stories/given.js hands on.
export default defineConfig(async () => {
  const words = JSON.parse(process.env["ALPINE_K8S_STORIES_WORDS"] ?? "[]") as string[];
  const { given, stories, reporter } = await prepared(words);
  return {
    test: {
      include: stories.map((name) => `test/stories/${name}.test.ts`),
      env: { [GIVEN_VARIABLE]: JSON.stringify(given) },
      reporters: ["verbose", reporter],
      // All stories have the same machines.
      maxWorkers: 1,
      sequence: { concurrent: false, shuffle: false },
      testTimeout: 30 * 60_000,
      hookTimeout: 30 * 60_000,
      disableConsoleIntercept: true,
    },
  };
});

/** What ends a run before its first story is said here: vitest would wrap it in words of its own. */
async function prepared(words: readonly string[]) {
  try {
    const options = parseOptions(words, process.env["INIT_CWD"] ?? process.cwd());
    if (options === undefined) {
      console.log(USAGE);
      return process.exit(0);
    }
    const found = await prepare(options);
    if (found.stories.length > 0) return found;
    found.reporter.end();
    return process.exit();
  } catch (error) {
    const { text, exitCode } = refusalText(error);
    process.stderr.write(text);
    return process.exit(exitCode);
  }
}
