import { open, rename, rm } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { makeFolder, writeAtomically } from "../base/files.js";
import type { RemoteHost } from "../remote/remote-host.js";
import { createSshKeyPair } from "../remote/key-pair.js";
import { onGuest } from "./build-guest.js";
import type { BuiltPaths } from "./box-paths.js";
import { readContents, type Contents } from "./contents.js";
import type { Emulator } from "./emulator.js";
import { freePort } from "./free-port.js";
import { qemuImage } from "./pack/image-program.js";
import type { Recipe } from "./recipe.js";
import { writeRoot } from "./root-archive.js";
import { writeSeed } from "./seed.js";

/** Bytes of the box's disk and of the second one: they take the room of what is in them. */
const DISK = "20G";
const TREE = 8 * 1024 ** 3;
const SERIAL = "alpine-k8s-tree";
/** MiB. */
const MEMORY = 1024;
/** Milliseconds for a script of the recipe: an emulated processor unpacks packages for a long time. */
const SCRIPT_LIMIT = 60 * 60_000;

export interface BuildDisk {
  readonly emulator: Emulator;
  /** The verified image. */
  readonly base: string;
  readonly recipe: Recipe;
  /** Variables of the recipe. */
  readonly variables: Readonly<Record<string, string>>;
  /** Variables of the recipe's programs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Texts that must not be shown. */
  readonly secrets: readonly string[];
  readonly paths: BuiltPaths;
  /** Folder of notes of machines. */
  readonly children: string;
  readonly signal: AbortSignal;
  /** Told what the machine does, and what is waited for. */
  readonly onStage: (what: string) => void;
  /** Every line that the recipe prints. */
  readonly onLine: (line: string) => void;
}

/**
 * Boots the image under QEMU, runs the recipe in it, and leaves the disk, its tree as an archive, and the list of its
 * contents. Each appears when it is whole: the disk last. Throws `node` for a script that fails, naming it.
 */
export async function buildDisk(build: BuildDisk): Promise<Contents> {
  const { paths, base, signal } = build;
  await rm(paths.work, { recursive: true, force: true });
  await makeFolder(paths.work);
  const disk = join(paths.work, "disk.qcow2");
  const tree = join(paths.work, "tree.tar");
  await qemuImage(["convert", "-O", "qcow2", base, disk], signal);
  await qemuImage(["resize", disk, DISK], signal);
  await makeSparse(tree, TREE);
  await runRecipe(build, { disk, tree });
  build.onStage("listing what is in it");
  const contents = await readContents(tree, signal);
  await writeRoot({ path: tree, count: contents.entries.length }, paths.root, signal);
  await writeAtomically(paths.contents, `${JSON.stringify(contents, undefined, 1)}\n`);
  await rename(disk, paths.disk);
  await rm(paths.work, { recursive: true, force: true });
  return contents;
}

async function runRecipe(build: BuildDisk, files: { readonly disk: string; readonly tree: string }): Promise<void> {
  const { emulator, paths, recipe, environment, secrets, signal, onStage, onLine } = build;
  const keys = createSshKeyPair("alpine-k8s box build");
  const seed = join(paths.work, "seed");
  await writeSeed(seed, keys.publicKey);
  const machine = {
    ...{ emulator, disk: files.disk, tree: { path: files.tree, serial: SERIAL }, seed },
    ...{ console: join(paths.folder, "console.log"), port: await freePort() },
    ...{ cpus: Math.min(4, cpus().length), memory: MEMORY },
  };
  await rm(machine.console, { force: true });
  onStage("booting");
  const onWait = (reason: string): void => onStage(`booting: ${reason}`);
  const variables = { ...build.variables, ...environment, BOX_DISK: SERIAL };
  const exported = exportLine(environment);
  const run = { machine, privateKey: keys.privateKey, signal, onWait, log: onLine, children: build.children };
  await onGuest(run, async (host) => {
    for (const [index, { name, text }] of recipe.scripts.entries()) {
      onStage(`${name}, script ${index + 1} of ${recipe.scripts.length}`);
      await runScript(host, { name, text: `${exported}${text}`, variables, secrets, signal, onLine });
    }
    onStage("switching off");
  });
}

interface ScriptRun {
  readonly name: string;
  readonly text: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** A script's variables are its own until it exports them. */
export function exportLine(environment: Readonly<Record<string, string>>): string {
  const names = Object.keys(environment);
  return names.length === 0 ? "" : `export ${names.join(" ")}\n`;
}

async function runScript(
  host: RemoteHost,
  { name, text, variables, secrets, signal, onLine }: ScriptRun,
): Promise<void> {
  await host.run({
    ...{ name, script: text, variables, secrets, signal, timeout: SCRIPT_LIMIT },
    onLine: (line) => onLine(`${name}: ${line}`),
  });
}

async function makeSparse(path: string, bytes: number): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.truncate(bytes);
  } finally {
    await file.close();
  }
}
