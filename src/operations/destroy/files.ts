import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { exists, readIfExists } from "../../base/files.js";
import { readStamp } from "../../templates/stamp.js";
import { machineIds } from "../../vagrant/machine-ids.js";
import type { ClusterContext } from "../../engine/context.js";
import { fileAction, overall, type Item } from "../../engine/item.js";
import type { ClusterPaths } from "../../base/paths.js";
import { sweepLeftovers } from "../../engine/leftovers.js";
import type { Outcome } from "./outcome.js";
import { needsVagrantfile } from "./machines.js";

/** The files that are ours, and those that somebody edited or made. */
async function filesOf({ paths, folder }: ClusterContext): Promise<Record<"ours" | "kept", readonly string[]>> {
  const ours: string[] = [];
  const kept: string[] = [];
  for (const path of renderedFiles(paths)) {
    const text = await readIfExists(path);
    if (text !== undefined) (readStamp(text).state === "ours" ? ours : kept).push(path);
  }
  for (const path of [paths.token, paths.adminConfig, `${folder}/kubectl`, `${folder}/kubectl.exe`]) {
    if (await exists(path)) ours.push(path);
  }
  return { ours, kept };
}

function renderedFiles({ vagrantfile, scripts }: ClusterPaths): readonly string[] {
  return [vagrantfile, ...Object.values(scripts)];
}

/** What is rendered to destroy machines by goes, too. */
export async function fileItems(context: ClusterContext, names: readonly string[]): Promise<readonly Item[]> {
  const { ours, kept } = await filesOf(context);
  const rendered = (await needsVagrantfile(context, names)) ? renderedFiles(context.paths) : [];
  const paths = new Set([...rendered.filter((path) => !kept.includes(path)), ...ours, context.paths.state]);
  return [...paths].map((path) => overall(fileAction(basename(path)), `remove ${basename(path)}`));
}

export async function removeFiles(context: ClusterContext, outcome: Outcome): Promise<void> {
  const { paths } = context;
  const { ours, kept } = await filesOf(context);
  for (const path of ours) await remove(path, outcome.removed);
  await sweepLeftovers(paths, 0);
  outcome.kept.push(...kept.map((path) => basename(path)));
  if ((await machineIds(context.folder)).size === 0) await rm(paths.vagrantState, { recursive: true, force: true });
}

async function remove(path: string, removed: string[]): Promise<void> {
  await rm(path, { force: true });
  removed.push(basename(path));
}

/** All of the state but the lock, which is still held: who gives it back takes the empty folder away. */
export async function removeState({ paths }: ClusterContext, outcome: { removed: string[] }): Promise<void> {
  for (const name of await readdir(paths.state)) {
    if (name !== basename(paths.lock)) await rm(join(paths.state, name), { recursive: true, force: true });
  }
  outcome.removed.push(basename(paths.state));
}
