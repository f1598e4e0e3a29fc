// `npm run pack`: one archive a platform, with alpine-k8s, its packages and a Node inside, and SHA256SUMS beside them; see
// docs/install.md. Usage: npm run pack -- [--out FOLDER] [PLATFORM...], such as linux-x64; all platforms when none is named.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { nodeFiles } from "./pack/node-files.js";
import { NODE_VERSION, PLATFORMS } from "./pack/platforms.js";
import { programFiles } from "./pack/program-files.js";
import { startFiles } from "./pack/start-files.js";
import { writeTarGz, writeZip } from "./pack/write-archive.js";

const ROOT = join(import.meta.dirname, "..");
const { version, devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: "string" } } });
const out = values.out === undefined ? join(ROOT, "archives") : resolve(process.env.INIT_CWD ?? "", values.out);

const known = PLATFORMS.map(({ name }) => name);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) fail(2, `there is no platform ${unknown.join(", ")}; one of ${known.join(", ")} is wanted`);
if (!existsSync(join(ROOT, "dist"))) fail(3, `${ROOT} has no dist; try: npm run build`);
if (devDependencies.node !== NODE_VERSION)
  fail(3, `package.json wants Node ${devDependencies.node}, but scripts/pack/platforms.js has sums of ${NODE_VERSION}`);

const wanted = PLATFORMS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const scratch = mkdtempSync(join(tmpdir(), "alpine-k8s-pack-"));
const sums = [];
try {
  for (const { name, package: missing } of wanted.filter(({ integrity }) => integrity === undefined))
    console.log(`${name}: no archive, as npm has no ${missing} of Node ${NODE_VERSION}`);
  const possible = wanted.filter(({ integrity }) => integrity !== undefined);
  if (possible.length === 0) throw new Error("no archive was made");
  const program = await programFiles(ROOT, scratch);
  mkdirSync(out, { recursive: true });
  for (const platform of possible)
    await write(platform, [...program, ...startFiles(platform), ...(await nodeFiles(platform, scratch))]);
  writeFileSync(join(out, "SHA256SUMS"), sums.join(""));
} catch (error) {
  console.error(`Error: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Writes the archive of a platform, all files in one folder with the archive's name. */
async function write({ name, windows }, files) {
  const folder = `alpine-k8s-${version}-${name}`;
  const placed = files.map((file) => ({ ...file, name: `${folder}/${file.name}` }));
  const bytes = windows ? writeZip(placed) : await writeTarGz(placed);
  const archive = `${folder}${windows ? ".zip" : ".tar.gz"}`;
  writeFileSync(join(out, archive), bytes);
  sums.push(`${createHash("sha256").update(bytes).digest("hex")}  ${archive}\n`);
  console.log(`${name}: ${join(out, archive)}, ${(bytes.length / 1e6).toFixed(1)} MB`);
}

function fail(code, message) {
  console.error(`Error: ${message}`);
  process.exit(code);
}
