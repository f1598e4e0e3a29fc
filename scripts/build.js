// `npm run build`: compiles src into dist, and writes what makes a quick start: texts, and the catalogue as it was read. When
// dist was made of the very same sources, nothing is done: `npm ci` builds, too, and people and CI call it often.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");
/** Written last, so that a build that was cut off counts for nothing. */
const MADE_OF = join(DIST, ".made-of");
const SOURCES = [
  "src/**/*",
  "templates/addons/*",
  "scripts/{build,catalogue-entries,start-up-texts}.js",
  "tsconfig{,.build}.json",
  "package{,-lock}.json",
];

const wanted = sumOfSources();
if (readOrNothing(MADE_OF) !== wanted) {
  rmSync(DIST, { recursive: true, force: true });
  run("npx", "tsc", "-p", "tsconfig.build.json");
  run(process.execPath, "scripts/catalogue-entries.js");
  run(process.execPath, "scripts/start-up-texts.js");
  writeFileSync(MADE_OF, wanted);
}

/** Of the names and contents of all that dist is made of; the texts name the version of Node. */
function sumOfSources() {
  const sum = createHash("sha256").update(process.version);
  for (const name of SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort()) {
    const file = join(ROOT, name);
    if (statSync(file).isFile()) sum.update(`\0${name}\0`).update(readFileSync(file));
  }
  return sum.digest("hex");
}

function readOrNothing(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function run(program, ...args) {
  const { status } = spawnSync(program, args, { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
