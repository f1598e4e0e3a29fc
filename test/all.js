// Runs all parts of `npm test` one after the other, and prints one last line with the totals.
// In CI (CI=true) a part that cannot run counts as failed; elsewhere it is skipped with a message.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const strict = process.env["CI"] === "true";
const isRoot = process.getuid?.() === 0;
const scratch = mkdtempSync(join(tmpdir(), "alpine-k8s-test-"));
const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, by name: told once more at the end, where a reader of a long log looks first. */
const failures = [];

const run = (program, ...args) => spawnSync(program, args, { stdio: ["ignore", "inherit", "inherit"] }).status ?? 1;

/** A part that is one check. */
function check(title, program, ...args) {
  heading(title);
  const ok = run(program, ...args) === 0;
  if (ok) count({ passed: 1 });
  else fail(title);
}

/** A part that vitest runs and counts. */
function suite(title, config) {
  heading(title);
  const file = join(scratch, `${config}.json`);
  const status = run(
    "npx",
    "vitest",
    "run",
    "--config",
    config,
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${file}`,
  );
  const result = readResult(file);
  count({
    passed: result.numPassedTests ?? 0,
    skipped: (result.numPendingTests ?? 0) + (result.numTodoTests ?? 0),
  });
  const failed = failedTests(result);
  for (const text of failed) fail(`${title}: ${text}`);
  // A file that could not be loaded, or a worker that died, fails the run without a failed test.
  if (status !== 0 && failed.length === 0) fail(`${title}: vitest ended with ${status}`);
  if ((result.numTotalTests ?? 0) === 0) fail(`${title}: no test ran`);
}

/** Each failed test with its file and the first lines of its message. */
function failedTests(result) {
  return (result.testResults ?? []).flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === "failed")
      .map((test) => {
        const why = (test.failureMessages[0] ?? "").split("\n").slice(0, 5).join("\n  ");
        return `${relative(".", file.name)} › ${test.fullName}\n  ${why}`;
      }),
  );
}

function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

function skip(title, why) {
  heading(title);
  console.log(`not run: ${why}`);
  if (strict) fail(`${title}: not run, ${why}`);
  else count({ skipped: 1 });
}

function fail(what) {
  failures.push(what);
  count({ failed: 1 });
}

function count({ passed = 0, failed = 0, skipped = 0 }) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

function heading(title) {
  console.log(`\n== ${title}`);
}

console.log(`Node ${process.version} runs all of this`);
check("Packages", "bash", "test/packages.sh");
// Some unit tests also use the real Vagrant and the real kubectl: both come with the bench.
const canBench = process.platform === "linux" && isRoot;
const hasBench =
  canBench &&
  run("bash", "practice/bench/bench.sh", "install") === 0 &&
  run("bash", "practice/bench/bench.sh", "node") === 0;
if (hasBench) {
  const built = spawnSync("bash", ["practice/kubernetes/build.sh"], { encoding: "utf8" }).stdout.split("\n")[0];
  process.env["ALPINE_K8S_TEST_KUBECTL"] ??= join(built, "kubectl");
}
check("Build", "npm", "run", "--silent", "build");
check("Lint", "npm", "run", "--silent", "lint");
check("Types", "npm", "run", "--silent", "types");
suite("Unit tests", "vitest.config.ts");
suite("Properties", "vitest.properties.config.ts");
if (canBench) suite("Archives", "vitest.pack.config.ts");
else skip("Archives", "they need Linux and root, for a system without Node");
const why = !canBench ? "they need Linux and root, for namespaces and containers" : "the bench cannot be built";
if (hasBench) {
  check("Practice programs", "bash", "practice/kubernetes/build.sh", "test");
  suite("Stories", "vitest.stories.config.ts");
  suite("Boxes", "vitest.boxes.config.ts");
} else {
  skip("Practice programs", why);
  skip("Stories", why);
  skip("Boxes", why);
}

rmSync(scratch, { recursive: true, force: true });
for (const what of failures) console.log(`\nfailed: ${what}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
