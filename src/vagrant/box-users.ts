import { join } from "node:path";
import type { LocalFiles } from "../base/local-system.js";
import { vagrantHome } from "./vagrant-home.js";

/** A folder whose machines were made of a box. */
export interface BoxUser {
  readonly box: string;
  readonly provider: string;
  readonly version: string;
  readonly folder: string;
}

interface Machine {
  readonly vagrantfile_path?: unknown;
  readonly extra_data?: {
    readonly box?: { readonly name?: unknown; readonly provider?: unknown; readonly version?: unknown };
  };
}

/**
 * Which folders' machines are of which box, by Vagrant's list of machines (data/machine-index/index, as
 * lib/vagrant/machine_index.rb and lib/vagrant/machine.rb write it). Starts no program.
 */
export async function boxUsers(computer: LocalFiles): Promise<readonly BoxUser[]> {
  const text = (await computer.read(join(vagrantHome(computer), "data", "machine-index", "index"))) ?? "";
  const seen = new Map<string, BoxUser>();
  for (const { vagrantfile_path: folder, extra_data } of machinesIn(text)) {
    const { name, provider, version } = extra_data?.box ?? {};
    if (typeof folder !== "string" || typeof name !== "string" || typeof provider !== "string") continue;
    const user = { box: name, provider, version: typeof version === "string" ? version : "", folder };
    seen.set(JSON.stringify(user), user);
  }
  return [...seen.values()];
}

function machinesIn(text: string): readonly Machine[] {
  try {
    const { machines } = JSON.parse(text) as { readonly machines?: Readonly<Record<string, Machine | null>> };
    return Object.values(machines ?? {}).filter((machine) => machine !== null);
  } catch {
    return [];
  }
}
