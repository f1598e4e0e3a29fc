import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ClusterPaths } from "../base/paths.js";

/** How temporary files of ours end; see `writeAtomically`. */
const TEMPORARY = /\.[0-9a-f]{12}\.tmp$/;

/** Milliseconds: a host key is also pinned without the lock, and its file is there for an instant. */
const MINUTE = 60_000;

/**
 * Removes what writes left behind that were killed, which may be keys: temporary files in the state folder, and beside
 * the files that we write into the cluster folder. Younger ones than `age` milliseconds may be somebody's who writes now.
 */
export async function sweepLeftovers(paths: ClusterPaths, age = MINUTE): Promise<void> {
  const inState = await readdir(paths.state, { recursive: true }).catch(() => []);
  const ours = [paths.spec, paths.vagrantfile, ...Object.values(paths.scripts), paths.token, paths.adminConfig];
  const names = ours.map((path) => `${basename(path)}.`);
  const beside = (await readdir(paths.folder)).filter((name) => names.some((own) => name.startsWith(own)));
  const all = [...inState.map((name) => join(paths.state, name)), ...beside.map((name) => join(paths.folder, name))];
  for (const path of all.filter((one) => TEMPORARY.test(one))) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs >= age) await rm(path, { force: true });
  }
}
