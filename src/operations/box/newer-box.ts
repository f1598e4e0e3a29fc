import type { LocalFiles } from "../../base/local-system.js";
import { compareVersions, newestOf } from "../../boxes/fit/box-versions.js";
import { readCatalogue, type ListedBox } from "../../boxes/fit/read-catalogue.js";
import type { ClusterContext } from "../../engine/context.js";
import { boxUsers, type BoxUser } from "../../vagrant/box-users.js";
import { catalogueOfBox, vagrantArchitecture } from "../../vagrant/kept-boxes.js";
import { specProxy } from "./spec-proxy.js";

/** A newer version of the box that the machines of a cluster were made of. */
export interface NewerBox {
  readonly box: string;
  readonly provider: string;
  /** The newest that a machine was made of. */
  readonly version: string;
  readonly newer: string;
}

/** Milliseconds for the catalogue, which is asked beside everything else. */
const PATIENCE = 3000;

type Cluster = Pick<ClusterContext, "folder" | "identity" | "spec" | "proxyCa" | "signal"> & {
  readonly tools: { readonly computer: LocalFiles };
};

/**
 * Looks into the catalogue that Vagrant has noted for the cluster's box, as `vagrant box outdated` does, without Vagrant. Null
 * when there is nothing newer with the cluster's Kubernetes, no catalogue, or none that answers in time. Throws only on abort.
 */
export async function newerBox(cluster: Cluster): Promise<NewerBox | null> {
  const { identity, tools, signal } = cluster;
  if (identity.box === undefined) return null;
  const machine = await newestMachine(cluster, identity.box);
  const place = machine && (await catalogueOfBox(tools.computer, machine.box));
  if (machine === undefined || place === undefined) return null;
  try {
    const newest = newestOf(await listed(cluster, machine, place));
    if (newest === undefined || compareVersions(newest.version, machine.version) <= 0) return null;
    return { box: machine.box, provider: machine.provider, version: machine.version, newer: newest.version };
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

async function newestMachine({ folder, tools }: Cluster, box: string): Promise<BoxUser | undefined> {
  const users = await boxUsers(tools.computer);
  // What was added without a catalogue has version 0.
  return newestOf(users.filter((one) => one.folder === folder && one.box === box && !/^0?$/.test(one.version)));
}

async function listed(cluster: Cluster, machine: BoxUser, place: string): Promise<readonly ListedBox[]> {
  const { folder, identity, tools, spec, proxyCa, signal } = cluster;
  const { env, ca } = specProxy(tools.computer.env, spec, proxyCa);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  const { boxes } = await readCatalogue(place, folder, { signal: limit, env, ca, stall: PATIENCE });
  const here = vagrantArchitecture(tools.computer.arch);
  return boxes.filter(
    ({ provider, architecture, facts }) =>
      provider === machine.provider &&
      (architecture ?? here) === here &&
      (facts?.kubernetes ?? identity.kubernetesVersion) === identity.kubernetesVersion,
  );
}
