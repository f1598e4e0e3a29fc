// Part of `npm run build`: writes what oclif prints for --version, help and completion scripts into dist/start-up, from where
// src/cli/start-up answers without loading oclif. With --print it prints the same as JSON and writes nothing.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const SHELLS = ["bash", "zsh", "fish"];

if (process.argv[2] === "--inside") console.log(JSON.stringify(await texts()));
else if (process.argv[2] === "--print") console.log(JSON.stringify(inside()));
else {
  const folder = join(ROOT, "dist/start-up");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(inside())) writeFileSync(join(folder, name), text);
}

/** Runs this script again with a pipe as standard output and no variables that change oclif's width or styles. */
function inside() {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME };
  const words = [import.meta.filename, "--inside"];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: "utf8", maxBuffer: 2 ** 24 });
  if (status !== 0) throw new Error(`the texts for a quick start cannot be made: ${stderr}`);
  return JSON.parse(stdout);
}

/** What oclif prints, by file name. */
async function texts() {
  const { Config, run } = await import("@oclif/core");
  const config = await Config.load(ROOT);
  const system = `${config.platform}-${config.arch} node-${process.version}`;
  const ids = [...config.commands, ...config.topics].map(({ id, name }) => id ?? name);
  const wanted = [
    ["version", ["--version"]],
    ["help", ["--help"]],
    ...ids.map((id) => [`help.${id.replaceAll(":", ".")}`, [...id.split(":"), "--help"]]),
    ...SHELLS.map((shell) => [`completion.${shell}`, ["completion", shell]]),
  ];
  const found = {};
  for (const [name, words] of wanted) {
    const text = await printed(() => run(words, { root: ROOT }));
    found[name] = text.replaceAll(system, "@SYSTEM@");
  }
  return found;
}

/** What `work` writes to standard output. */
async function printed(work) {
  const { write } = process.stdout;
  const pieces = [];
  process.stdout.write = (piece) => pieces.push(String(piece)) > 0;
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
  return pieces.join("");
}
