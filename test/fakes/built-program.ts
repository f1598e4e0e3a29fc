import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");
const FLAGS = ["--ignoreConfig", "--module", "nodenext", "--target", "es2022", "--skipLibCheck", "--types", "node"];

export interface BuiltProgram {
  /** The file for `node` to run. */
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Builds files of ours and their imports to JavaScript, for a separate process. The program's `text` imports from
 * there as if it were in `src`.
 */
export async function buildProgram(
  name: string,
  source: string | readonly string[],
  text: string,
): Promise<BuiltProgram> {
  // Below node_modules, where Node finds the imported packages.
  const folder = join(ROOT, "node_modules/.cache", `alpine-k8s-${name}-${process.pid}`);
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const files = [source].flat().map((file) => join(ROOT, "src", file));
  const args = [tsc, ...files, "--outDir", folder, "--rootDir", join(ROOT, "src"), ...FLAGS];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  const path = join(folder, "run.js");
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(path, text);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
