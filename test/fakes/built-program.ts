import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");
const FLAGS = ["--ignoreConfig", "--module", "nodenext", "--target", "es2022", "--skipLibCheck", "--types", "node"];

export interface BuiltProgram {
  /** What node runs. */
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Builds a file of ours with what it imports, for a process of its own, which knows no TypeScript. The program's
 * `text` imports from there as if it stood in `src`.
 */
export async function buildProgram(name: string, source: string, text: string): Promise<BuiltProgram> {
  // Below node_modules, where the packages that are imported are found.
  const folder = join(ROOT, "node_modules/.cache", `alpine-k8s-${name}-${process.pid}`);
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const args = [tsc, join(ROOT, "src", source), "--outDir", folder, "--rootDir", join(ROOT, "src"), ...FLAGS];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  const path = join(folder, "run.js");
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(path, text);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
