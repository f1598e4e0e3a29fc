import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Runs npm in a folder, without any package's own scripts. */
export function npm(words, cwd) {
  const { status, stderr, error } = spawnSync("npm", [...words, "--ignore-scripts", "--loglevel=error"], {
    cwd,
    encoding: "utf8",
    // npm is a .cmd file on Windows. No word of ours needs quoting.
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`npm ${words.join(" ")} ended with ${status}: ${error?.message ?? stderr.trim()}`);
}

/** Path of the tarball that `npm pack` makes of a folder, or fetches from the registry. */
export function npmPack(what, scratch) {
  const folder = mkdtempSync(join(scratch, "tarball-"));
  npm(["pack", what, "--pack-destination", "."], folder);
  const [tarball] = readdirSync(folder);
  return join(folder, tarball);
}
