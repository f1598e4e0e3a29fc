// `npm run long`: every story in full, with every kill point and power cut, however many fail; at the end a line for
// each test, for a report. Words after `--` are vitest's, such as the name of a file.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const scratch = mkdtempSync(join(tmpdir(), "alpine-k8s-long-"));
const file = join(scratch, "result.json");
const words = ["vitest", "run", "--config", "vitest.stories.config.ts", "--reporter=verbose", "--reporter=json"];
const { status } = spawnSync("npx", [...words, `--outputFile=${file}`, ...process.argv.slice(2)], {
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, ALPINE_K8S_LONG: "1" },
});

/** Every selected test: its story, its name, how it ended, its seconds. */
function results() {
  const { testResults } = JSON.parse(readFileSync(file, "utf8"));
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({
      story: basename(name, ".test.ts"),
      name: test.fullName,
      how: test.status,
      seconds: Math.round((test.duration ?? 0) / 1000),
    })),
  );
}

try {
  const all = results();
  console.log("\n| result | seconds | story | test |\n|---|---|---|---|");
  for (const { story, name, how, seconds } of all)
    console.log(`| ${how === "failed" ? "**failed**" : how} | ${seconds} | ${story} | ${name} |`);
  const passed = all.filter(({ how }) => how === "passed").length;
  console.log(`\n${passed} of ${all.length} passed, ${all.reduce((sum, { seconds }) => sum + seconds, 0)} s in all`);
} catch (error) {
  console.log(`\nvitest left no result: ${error.message}`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(status ?? 1);
