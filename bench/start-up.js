// How long alpine-k8s takes to answer without doing anything, next to a bare Node; see README.md.
// Usage: npm run bench:start-up -- [--root FOLDER] [--times N]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { markdownTable, measureInTurns, median, row } from "./measure.js";

/** What help, version and completion may take, as a multiple of a bare Node. */
const GOAL = 1.5;
/** Milliseconds that a command may take which only reads the catalogue. */
const CATALOGUE_GOAL = 300;
const CATALOGUE = ["addons", "list"];
const ANSWERS = [["--version"], ["--help"], ["up", "--help"], ["completion", "bash"]];

const { values } = parseArgs({ options: { root: { type: "string" }, times: { type: "string", default: "30" } } });
const root = resolve(values.root ?? join(import.meta.dirname, ".."));
const times = Number(values.times);
if (!Number.isInteger(times) || times < 1) fail(2, `--times ${values.times}: a number above 0 is wanted`);
if (!existsSync(join(root, "dist"))) fail(3, `${root} has no dist; try: npm run build`);
const scratch = mkdtempSync(join(tmpdir(), "alpine-k8s-start-up-"));

try {
  const places = { checkout: join(root, "bin/run.js"), archive: installed() };
  const works = { "node -e 0": () => node("-e", "0") };
  for (const [place, program] of Object.entries(places))
    for (const words of [...ANSWERS, CATALOGUE])
      works[`alpine-k8s ${words.join(" ")}, from the ${place}`] = () => node(program, ...words);
  const taken = await measureInTurns(times, works);
  const bare = median(taken["node -e 0"]);
  const rows = Object.entries(taken).map(([what, sorted]) => [
    ...row(what, sorted),
    (median(sorted) / bare).toFixed(2),
  ]);
  console.log(`${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}, milliseconds\n`);
  console.log(markdownTable(["what", "runs", "median", "middle half", "extremes", "of a bare Node"], rows));
  console.log(
    `\nThe goals: at most ${GOAL} of a bare Node; for ${CATALOGUE.join(" ")} at most ${CATALOGUE_GOAL} ms on an idle computer.`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Unpacks what `npm pack` makes as npm installs it, with this copy's packages: the program behind the link of npm's `bin`. */
function installed() {
  run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", scratch], root);
  const [archive] = readdirSync(scratch);
  const modules = join(scratch, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  run("tar", ["-xzf", join(scratch, archive), "-C", modules], scratch);
  symlinkSync(join(root, "node_modules"), join(modules, "package/node_modules"));
  const link = join(modules, ".bin/alpine-k8s");
  symlinkSync("../package/bin/run.js", link);
  return link;
}

function node(...words) {
  run(process.execPath, words, scratch);
}

function run(program, words, cwd) {
  const { status, stderr, error } = spawnSync(program, words, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${words.join(" ")} ended with ${status}: ${error?.message ?? stderr}`);
}

function fail(code, message) {
  console.error(`Error: ${message}`);
  process.exit(code);
}
