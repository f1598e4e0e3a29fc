import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readIfExists } from "../base/files.js";
import { clusterPaths } from "../base/paths.js";

/**
 * Machines that Vagrant has made in this folder, with their provider: names that have a non-empty `id` file under
 * `.vagrant/machines`. Quick, and works without Vagrant.
 */
export async function machineIds(folder: string): Promise<ReadonlyMap<string, string>> {
  const machines = join(clusterPaths(folder).vagrantState, "machines");
  const found = new Map<string, string>();
  for (const name of await foldersIn(machines)) {
    for (const provider of await foldersIn(join(machines, name))) {
      const id = await readIfExists(join(machines, name, provider, "id"));
      if (id !== undefined && id.trim() !== "") found.set(name, provider);
    }
  }
  return found;
}

/** The provider's id of the machine; undefined when Vagrant has not made it. */
export async function machineId(folder: string, name: string): Promise<string | undefined> {
  const machine = join(clusterPaths(folder).vagrantState, "machines", name);
  const providers = await foldersIn(machine);
  const ids = await Promise.all(providers.map((provider) => readIfExists(join(machine, provider, "id"))));
  return ids.map((id) => id?.trim() ?? "").find((id) => id !== "");
}

async function foldersIn(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
