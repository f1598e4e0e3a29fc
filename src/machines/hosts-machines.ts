import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { AlpineK8sError } from "../base/errors.js";
import { exists, readIfExists } from "../base/files.js";
import type { SshTarget } from "../remote/remote-host.js";
import type { HostEntry } from "../model/spec/cluster-spec.js";
import type { HostAccess, PlannedNode } from "../model/topology/topology.js";
import type { Machines } from "./machines.js";

const DEFAULT_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"];

/** Machines that exist already: nothing is started, halted or destroyed, and their keys and clocks are the user's. */
export function hostsMachines(folder: string): Machines {
  const target = async (node: PlannedNode): Promise<SshTarget> => {
    if (!node.access) throw new AlpineK8sError("bug", `${node.name} has no ssh address`);
    return sshTarget(folder, node, node.access);
  };
  return {
    capabilities: { ownKernel: true, managesClock: false, inOurNetwork: false },
    checkPrerequisites: () => Promise.resolve(),
    existing: () => Promise.resolve([]),
    directTarget: target,
    target,
    states: () => Promise.resolve(new Map()),
    start: (names) => Promise.reject(new AlpineK8sError("bug", `hosts cannot be started: ${names.join(", ")}`)),
    halt: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
    sshAccess: () => undefined,
  };
}

async function sshTarget(folder: string, node: PlannedNode, access: HostAccess): Promise<SshTarget> {
  const agent = process.env["SSH_AUTH_SOCK"];
  const file = access.identityFile === undefined ? undefined : pathOf(folder, access.identityFile);
  const certificates = await certificatesBeside(file);
  return {
    name: node.name,
    address: access.address,
    port: access.port,
    user: access.user,
    become: access.become,
    hostKey: access.hostKey,
    privateKeys: file === undefined ? await defaultKeys() : [await givenKey(node.name, file)],
    ...(file === undefined ? {} : { identityFiles: [file] }),
    ...(certificates.length === 0 ? {} : { certificates }),
    ...(agent === undefined || agent === "" ? {} : { agent }),
  };
}

/** Where ssh would look for certificates of these keys. */
async function certificatesBeside(file: string | undefined): Promise<readonly string[]> {
  const keys = file === undefined ? DEFAULT_KEYS.map((name) => join(homedir(), ".ssh", name)) : [file];
  const paths = keys.map((key) => `${key}-cert.pub`);
  const there = await Promise.all(paths.map(exists));
  return paths.filter((_, index) => there[index]);
}

function pathOf(folder: string, file: string): string {
  return file.startsWith("~/") ? join(homedir(), file.slice(2)) : resolve(folder, file);
}

/** Throws `usage` for the first host whose `identityFile` cannot be read. */
export async function checkIdentityFiles(folder: string, hosts: readonly HostEntry[]): Promise<void> {
  for (const { name, identityFile } of hosts) {
    if (identityFile !== undefined) await givenKey(name, pathOf(folder, identityFile));
  }
}

async function givenKey(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new AlpineK8sError("usage", `${name}: identityFile ${path} cannot be read: ${(error as Error).message}`, {
      node: name,
      hints: ["correct identityFile in alpine-k8s.yaml"],
      cause: error,
    });
  }
}

async function defaultKeys(): Promise<string[]> {
  const texts = await Promise.all(DEFAULT_KEYS.map((name) => readIfExists(join(homedir(), ".ssh", name))));
  return texts.filter((text) => text !== undefined);
}
