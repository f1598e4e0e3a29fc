import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { VagrantProviderName } from "../model/spec/cluster-spec.js";
import { VAGRANT_PROVIDERS, type VagrantProviderFacts } from "../templates/vagrant-provider.js";
import type { MachineEvent } from "./machine-readable.js";

/** Folders of hypervisor programs that are often not on a user's PATH. */
const MORE_FOLDERS = ["/usr/sbin", "/sbin", "/usr/local/bin", "/Applications/VMware Fusion.app/Contents/Library"];

/** Windows installers of VirtualBox set one of these instead of PATH. */
const VIRTUALBOX_VARIABLES = ["VBOX_MSI_INSTALL_PATH", "VBOX_INSTALL_PATH"];

/** Providers that may be chosen by default and whose plug-in is installed, in order of preference. */
export function candidateProviders(plugins: ReadonlyMap<string, string>): readonly VagrantProviderFacts[] {
  return VAGRANT_PROVIDERS.filter(
    ({ plugin, onlyByName }) => onlyByName !== true && (plugin === undefined || plugins.has(plugin)),
  );
}

/** The {@link candidateProviders} whose hypervisor is installed. */
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

/** Versions of plug-ins by name, from `vagrant plugin list --machine-readable`. */
export function pluginsIn(events: readonly MachineEvent[]): ReadonlyMap<string, string> {
  return new Map(
    events
      .filter(({ type }) => type === "plugin-version")
      .map(({ target, data }) => [target, /^[\w.]+/.exec(data[0] ?? "")?.[0] ?? ""]),
  );
}

/** Paths where one of these programs may be: on PATH, and in other folders where hypervisors are often installed. */
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
