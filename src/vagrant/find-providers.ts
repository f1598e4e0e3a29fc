import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { VagrantProviderName } from "../model/spec/cluster-spec.js";
import { VAGRANT_PROVIDERS, type VagrantProviderFacts } from "../templates/vagrant-provider.js";
import type { MachineEvent } from "./machine-readable.js";

/** Places of hypervisor programs that are often not on a user's PATH. */
const MORE_FOLDERS = ["/usr/sbin", "/sbin", "/usr/local/bin", "/Applications/VMware Fusion.app/Contents/Library"];

/** Windows installers of VirtualBox set one of these instead of PATH. */
const VIRTUALBOX_VARIABLES = ["VBOX_MSI_INSTALL_PATH", "VBOX_INSTALL_PATH"];

/** Providers that may be taken unasked and whose plug-in Vagrant has, the one to prefer first. */
export function candidateProviders(plugins: ReadonlyMap<string, string>): readonly VagrantProviderFacts[] {
  return VAGRANT_PROVIDERS.filter(
    ({ plugin, onlyByName }) => onlyByName !== true && (plugin === undefined || plugins.has(plugin)),
  );
}

/** Those of them whose hypervisor is installed. */
export async function usableProviders(
  plugins: ReadonlyMap<string, string>,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<readonly VagrantProviderName[]> {
  const usable: VagrantProviderName[] = [];
  for (const { name, programs } of candidateProviders(plugins)) {
    const announced =
      name === "virtualbox" && VIRTUALBOX_VARIABLES.some((variable) => environment[variable] !== undefined);
    if (announced || (await anyProgram(programs, environment))) usable.push(name);
  }
  return usable;
}

/** Versions of plug-ins by name, in `vagrant plugin list --machine-readable`. */
export function pluginsIn(events: readonly MachineEvent[]): ReadonlyMap<string, string> {
  return new Map(
    events
      .filter(({ type }) => type === "plugin-version")
      .map(({ target, data }) => [target, /^[\w.]+/.exec(data[0] ?? "")?.[0] ?? ""]),
  );
}

/** Files that would be one of these programs: on PATH, or where hypervisors are often installed besides. */
export function programPlaces(
  programs: readonly string[],
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): readonly string[] {
  const folders = [...(environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== ""), ...MORE_FOLDERS];
  const suffix = platform === "win32" ? ".exe" : "";
  return folders.flatMap((folder) => programs.map((program) => join(folder, program + suffix)));
}

async function anyProgram(programs: readonly string[], environment: NodeJS.ProcessEnv): Promise<boolean> {
  const found = await Promise.all(programPlaces(programs, environment).map(isProgram));
  return found.includes(true);
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
