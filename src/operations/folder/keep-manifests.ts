import { rm } from "node:fs/promises";
import { keptManifests, type Addon, type KeptManifest } from "../../addons/addon.js";
import { exists, holds, writeIfChanged } from "../../base/files.js";
import type { ClusterPaths } from "../../base/paths.js";
import { fileAction, overall, type Item } from "../../engine/item.js";

/** The manifests that the folder lacks for plain Vagrant, or has no use for any more, as items of a plan. */
export async function planKeptManifests(addons: readonly Addon[], paths: ClusterPaths): Promise<readonly Item[]> {
  const kept = keptManifests(addons, paths);
  return (await Promise.all(kept.map(async (one) => ((await isRight(one)) ? [] : [item(one)])))).flat();
}

/** Writes what {@link planKeptManifests} tells. */
export async function keepManifests(addons: readonly Addon[], paths: ClusterPaths): Promise<void> {
  for (const { path, text } of keptManifests(addons, paths)) {
    if (text === undefined) await rm(path, { force: true });
    else await writeIfChanged(path, text);
  }
}

async function isRight({ path, text }: KeptManifest): Promise<boolean> {
  return text === undefined ? !(await exists(path)) : holds(path, text);
}

/** The file of that name as an item, where its text is still to be had. */
export function keeping(name: KeptManifest["name"]): Item {
  return overall(fileAction(name), `write the manifest of the ${WHAT[name]} to ${name}`);
}

const WHAT = { "network.yaml": "network", "addons.yaml": "other add-ons" } as const;

function item({ name, text }: KeptManifest): Item {
  if (text === undefined) return overall(fileAction(name), `remove ${name}`);
  return keeping(name);
}
