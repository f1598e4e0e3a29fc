import { join } from "node:path";
import { clusterPaths } from "../../../base/paths.js";
import { overlaps, parseSubnet } from "../../../model/spec/ipv4.js";
import { parseIdentity } from "../../../model/topology/identity-file.js";
import type { Identity } from "../../../model/topology/topology.js";
import { failed, ok, type QuickCheck, skipped } from "../check.js";
import type { LocalFiles } from "../../../base/local-system.js";
import { freeAdvice, ownNetworks, takenHere } from "../networks.js";
import { clusterNetwork, editSpec, type QuickSubject } from "../subject.js";
import { vagrantHome } from "../../../vagrant/vagrant-home.js";

interface Other {
  readonly folder: string;
  readonly identity: Identity;
}

/**
 * Clusters of ours in other folders, from Vagrant's list of its machines (data/machine-index/index, as
 * lib/vagrant/machine_index.rb writes it): none has our network, and none is a copy of this folder.
 */
export const otherClusters: QuickCheck = {
  id: "other-clusters",
  on: "this computer",
  weight: "error",
  inUp: "refuse",
  look: async (subject) => {
    const network = clusterNetwork(subject);
    const subnet = parseSubnet(network ?? "");
    if (network === undefined || subnet === undefined) return skipped("no machines are made on this computer");
    const others = await othersOf(subject);
    const copy = others.find(({ identity }) => identity.folderId === subject.identity?.folderId);
    if (copy) return failed(...copyWords(subject, copy));
    const clash = others.find(({ identity }) => {
      const theirs = parseSubnet(identity.network ?? "");
      return theirs !== undefined && overlaps(theirs, subnet);
    });
    if (!clash) return ok(`${others.length} other cluster(s) with machines, none in ${network}`);
    const found = `cluster ${clash.identity.name} in ${clash.folder} has the network ${clash.identity.network ?? ""}, this one ${network}`;
    const [mine] = ownNetworks(subject);
    if (mine === undefined) return failed(found, editSpec(subject));
    const networks = others.flatMap(({ identity }) => parseSubnet(identity.network ?? "") ?? []);
    const advice = freeAdvice(subject, mine, [...(await takenHere(subject)), ...networks]);
    return failed(`${found}; ${advice.words}`, advice.command);
  },
};

/**
 * Once both folders have machines, nothing here shows which one is the copy: no command that removes anything is
 * advised.
 */
function copyWords({ computer, made }: QuickSubject, { folder, identity }: Other): [string, string] {
  const same = `${folder} has the same id ${identity.folderId}: one folder is a copy of the other, their machines would have the same names`;
  if (made.size === 0) return [`${same}; the machines are those of ${folder}`, "rm -r .alpine-k8s"];
  const look =
    computer.platform === "win32"
      ? `dir /s "${join(folder, ".alpine-k8s")}" .alpine-k8s`
      : `ls -laR '${join(folder, ".alpine-k8s")}' .alpine-k8s`;
  return [`${same}; in the copy alone, take .alpine-k8s and .vagrant away: without them the cluster is lost`, look];
}

async function othersOf({ computer, paths }: QuickSubject): Promise<readonly Other[]> {
  const text = await computer.read(join(vagrantHome(computer), "data", "machine-index", "index"));
  const folders = foldersIn(text ?? "").filter((folder) => folder !== paths.folder);
  const found = await Promise.all(folders.map((folder) => clusterIn(computer, folder)));
  return found.filter((other) => other !== undefined);
}

function foldersIn(index: string): string[] {
  try {
    const { machines } = JSON.parse(index) as { machines?: Record<string, { vagrantfile_path?: unknown }> };
    const paths = Object.values(machines ?? {}).map((machine) => machine.vagrantfile_path);
    return [...new Set(paths.filter((path) => typeof path === "string"))].sort();
  } catch {
    return [];
  }
}

/**
 * The cluster of a folder that has machines; undefined for a damaged identity, which `doctor` reports in that folder.
 */
async function clusterIn(computer: LocalFiles, folder: string): Promise<Other | undefined> {
  const paths = clusterPaths(folder);
  const text = await computer.read(paths.identity);
  if (text === undefined || !(await hasMachines(computer, paths.vagrantState))) return undefined;
  try {
    return { folder, identity: parseIdentity(text, paths.identity) };
  } catch {
    return undefined;
  }
}

async function hasMachines(computer: LocalFiles, vagrantState: string): Promise<boolean> {
  const machines = join(vagrantState, "machines");
  for (const name of await computer.list(machines)) {
    for (const provider of await computer.list(join(machines, name))) {
      const id = await computer.read(join(machines, name, provider, "id"));
      if (id !== undefined && id.trim() !== "") return true;
    }
  }
  return false;
}
