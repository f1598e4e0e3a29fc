import { readFile } from "node:fs/promises";
import { AlpineK8sError } from "../base/errors.js";
import { batched } from "../base/batched.js";
import { readIfExists } from "../base/files.js";
import type { ClusterPaths } from "../base/paths.js";
import { openHostKeys } from "../remote/host-keys.js";
import type { SshTarget } from "../remote/remote-host.js";
import type { ClusterSpec } from "../model/spec/cluster-spec.js";
import type { Identity, PlannedNode } from "../model/topology/topology.js";
import { machineId, machineIds } from "../vagrant/machine-ids.js";
import type { MachineState } from "../vagrant/machine-state.js";
import type { BoxSource, SshDetails, Vagrant } from "../vagrant/vagrant.js";
import type { Machines, StartEvents } from "./machines.js";

/** The login user of Vagrant boxes, until `vagrant ssh-config` says otherwise. */
const BOX_USER = "vagrant";

export interface VagrantMachinesInput {
  readonly paths: ClusterPaths;
  readonly spec: ClusterSpec;
  readonly identity: Identity;
  readonly vagrant: Vagrant;
  /** The cluster's public ssh key, put on the machines so that they can be reached without asking Vagrant. */
  readonly sshPublicKey: string;
}

/** Machines made by Vagrant. A machine that answers at its own address with our key needs no Vagrant call at all. */
export function vagrantMachines(input: VagrantMachinesInput): Machines {
  const { paths, vagrant } = input;
  const details = new Map<string, SshDetails>();
  // Each call is a process of some hundred MiB.
  const sshDetails = batched((names) => vagrant.sshDetails(names));
  return {
    capabilities: { ownKernel: true, managesClock: true, inOurNetwork: true },
    checkPrerequisites: () => checkVagrant(input),
    missingBox: () => missingBox(input),
    existing: async () => [...(await machineIds(paths.folder)).keys()],
    directTarget: (node) => directTarget(paths, node),
    states: async () =>
      (await machineIds(paths.folder)).size === 0 ? new Map<string, MachineState>() : vagrant.status(),
    start: (names, events) => startMachines(input, names, events),
    target: async (node) => {
      const found = details.get(node.name) ?? (await sshDetails(node.name));
      if (!found) throw notReachable(node);
      details.set(node.name, found);
      return vagrantTarget(node, found);
    },
    sshAccess: (target) =>
      input.sshPublicKey === "" ? undefined : { user: target.user, publicKey: input.sshPublicKey },
    version: async () => `Vagrant ${await vagrant.version()}, provider ${input.identity.vagrantProvider ?? "unknown"}`,
    halt: (names, signal) => vagrant.halt(names, signal),
    destroy: (names, signal) => vagrant.destroy(names, signal),
  };
}

async function checkVagrant({ paths, vagrant }: VagrantMachinesInput): Promise<void> {
  // Machines that exist prove that Vagrant and the provider are there: the quick way for a healthy cluster.
  if ((await machineIds(paths.folder)).size > 0) return;
  await vagrant.version();
}

async function missingBox({ paths, spec, identity, vagrant }: VagrantMachinesInput): Promise<string | undefined> {
  // Machines that exist prove that it was there; Docker pulls an image by itself, and says why when it cannot.
  if (identity.image !== undefined || (await machineIds(paths.folder)).size > 0) return undefined;
  const { name, url } = boxOf(spec, identity);
  return url !== "" || (await vagrant.hasBox(name)) ? undefined : name;
}

async function directTarget(paths: ClusterPaths, node: PlannedNode): Promise<SshTarget | undefined> {
  const key = await readIfExists(paths.sshKey);
  const pins = (await readIfExists(paths.knownHosts)) ?? "";
  const pinned = pins.split("\n").some((line) => line.startsWith(`${node.name} `));
  if (key === undefined || !pinned || !(await machineIds(paths.folder)).has(node.name)) return undefined;
  return {
    name: node.name,
    address: node.address,
    port: 22,
    user: BOX_USER,
    become: "auto",
    privateKeys: [key],
    identityFiles: [paths.sshKey],
    hostKey: "",
  };
}

/**
 * When somebody destroyed a machine by hand, its replacement has another host key, so the pinned key is removed. If
 * Vagrant knows that the machine is gone, this happens before the boot: a run that is killed then leaves no wrong pin.
 * Otherwise it happens when the machine turns out to be a new one.
 */
async function startMachines(
  { paths, vagrant, spec, identity }: VagrantMachinesInput,
  names: readonly string[],
  events: StartEvents,
): Promise<void> {
  const pins = openHostKeys(paths.knownHosts);
  const before = new Map<string, string | undefined>();
  for (const name of names) {
    const id = await machineId(paths.folder, name);
    before.set(name, id);
    if (id === undefined) await pins.forget(name);
  }
  const told: Promise<void>[] = [];
  const onReady = async (name: string): Promise<void> => {
    const old = before.get(name);
    if (old !== undefined && (await machineId(paths.folder, name)) !== old) await pins.forget(name);
    events.onReady(name);
  };
  await vagrant
    .boot({
      names,
      ...(identity.image === undefined ? { box: boxOf(spec, identity) } : {}),
      signal: events.signal,
      onReady: (name) => {
        const ready = onReady(name);
        ready.catch(() => undefined);
        told.push(ready);
      },
      onLine: events.onActivity,
    })
    .finally(() => Promise.all(told));
}

/** A catalogue has the sums of its boxes in it. */
function boxOf({ vagrant }: ClusterSpec, { box = vagrant.box, boxCatalog = "" }: Identity): BoxSource {
  if (vagrant.boxUrl === "" && boxCatalog !== "") return { name: box, url: boxCatalog };
  return { name: box, url: vagrant.boxUrl, sha256: vagrant.boxSha256 };
}

async function vagrantTarget(node: PlannedNode, details: SshDetails): Promise<SshTarget> {
  return {
    name: node.name,
    address: details.address,
    port: details.port,
    user: details.user,
    become: "auto",
    privateKeys: await Promise.all(details.privateKeyFiles.map((file) => readFile(file, "utf8"))),
    identityFiles: details.privateKeyFiles,
    hostKey: "",
  };
}

function notReachable(node: PlannedNode): AlpineK8sError {
  return new AlpineK8sError("node", `${node.name}: Vagrant does not say how to reach the machine by ssh`, {
    node: node.name,
    hints: [`vagrant ssh-config ${node.name}`, "alpine-k8s up"],
  });
}
