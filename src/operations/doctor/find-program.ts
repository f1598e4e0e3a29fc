import type { VagrantProviderName } from "../../model/spec/cluster-spec.js";
import { candidateProviders, programPlaces } from "../../vagrant/find-providers.js";
import type { LocalSystem } from "../../base/local-system.js";
import type { Programs } from "./programs.js";

/** The first place that holds one of the programs. */
export async function findProgram(computer: LocalSystem, programs: readonly string[]): Promise<string | undefined> {
  for (const place of programPlaces(programs, computer.env, computer.platform)) {
    const isProgram = computer.platform === "win32" ? computer.exists(place) : isExecutable(await computer.mode(place));
    if (isProgram) return place;
  }
  return undefined;
}

function isExecutable(mode: number | undefined): boolean {
  return ((mode ?? 0) & 0o111) !== 0;
}

/** The Vagrant provider that `up` would take: the first whose plug-in and hypervisor are here. */
export async function firstProvider(
  computer: LocalSystem,
  programs: Programs,
): Promise<VagrantProviderName | undefined> {
  if ((await programs.vagrant()) === undefined) return undefined;
  for (const { name, programs: wanted } of candidateProviders(await programs.plugins())) {
    const here = name === "virtualbox" ? await programs.virtualBox() : await findProgram(computer, wanted);
    if (here !== undefined) return name;
  }
  return undefined;
}
