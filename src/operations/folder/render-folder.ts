import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { AlpineK8sError } from "../../base/errors.js";
import { holds, readIfExists, SECRET_MODE, writeAtomically } from "../../base/files.js";
import { fileAction, overall, type Item } from "../../engine/item.js";
import { initConfig, joinConfig } from "../../model/kubeadm/documents.js";
import type { ClusterPaths } from "../../base/paths.js";
import type { ClusterSpec } from "../../model/spec/cluster-spec.js";
import { carriesLogin } from "../../model/spec/proxy-password.js";
import { renderClusterFiles } from "../../templates/cluster-files.js";
import { readStamp } from "../../templates/stamp.js";
import type { Topology } from "../../model/topology/topology.js";
import { machineIds } from "../../vagrant/machine-ids.js";
import { masters } from "../../nodes/nodes.js";

export interface RenderInput {
  readonly paths: ClusterPaths;
  readonly spec: ClusterSpec;
  readonly topology: Topology;
  /** PEM of the CAs of a proxy that intercepts TLS; undefined when the spec names none. */
  readonly proxyCa: string | undefined;
  /** Renew edited files too; the old ones are kept beside them as `<name>.bak`. */
  readonly force: boolean;
  /** A machine that is to be destroyed before, if it is not yet. */
  readonly gone?: string | undefined;
}

export interface RenderOutcome {
  readonly written: readonly string[];
  /** Files that somebody edited; they are used as they are. */
  readonly edited: readonly string[];
  readonly backups: readonly string[];
}

/** A file that is not as it is rendered. */
interface Change {
  /** What people call it: `Vagrantfile`, `kubeadm/master1.yaml`. */
  readonly name: string;
  readonly path: string;
  /** Nothing for a file that is to go. */
  readonly content: string | undefined;
  readonly mode: number;
  /** Somebody edited it, and it is kept beside. */
  readonly isEdited: boolean;
  /** The list of files that were written leaves it out. */
  readonly isSilent: boolean;
}

const PLAIN = { mode: 0o644, isEdited: false, isSilent: false };
const SECRET = { mode: SECRET_MODE, isEdited: false, isSilent: true };

/** How the folder differs from what we render for a topology. */
interface Comparison {
  readonly changes: readonly Change[];
  readonly edited: readonly string[];
}

/**
 * Renders the files of the cluster folder for this topology: Vagrantfile (with provider vagrant), the node scripts, a
 * kubeadm configuration per node. Edited files stay unless forced.
 */
export async function renderFolder(input: RenderInput): Promise<RenderOutcome> {
  const { changes, edited } = await compareFolder(input);
  const backups: string[] = [];
  for (const { path, content, mode, isEdited } of changes) {
    if (isEdited) {
      const backup = `${path}.${new Date().toISOString().replace(/[:.]/g, "-")}.bak`;
      await rename(path, backup);
      backups.push(backup);
    }
    if (content === undefined) await rm(path, { force: true });
    else await writeAtomically(path, content, mode);
  }
  return { written: changes.filter(({ isSilent }) => !isSilent).map(({ path }) => path), edited, backups };
}

/** What {@link renderFolder} would do; changes nothing. Throws `conflict` for a file that is somebody else's. */
export async function compareFolder(input: RenderInput): Promise<Comparison> {
  const { paths, topology, spec, force } = input;
  const files = renderClusterFiles({ topology, spec, orphans: await orphansOf(input) });
  const stamped: [string, string][] = [
    ...(topology.identity.provider === "vagrant" ? [[paths.vagrantfile, files.Vagrantfile] as [string, string]] : []),
    [paths.scripts.shared, files["shared.sh"]],
    [paths.scripts.master, files["master.sh"]],
    [paths.scripts.minion, files["minion.sh"]],
  ];
  const changes: Change[] = [];
  const edited: string[] = [];
  for (const [path, content] of stamped) {
    const state = await stateOf(path);
    if (state === "foreign" && !force) throw foreignFile(path);
    if (state === "edited" && !force) edited.push(path);
    else
      changes.push(...(await changeOf({ ...PLAIN, name: basename(path), path, content, isEdited: state !== "ours" })));
  }
  for (const [path, content] of kubeadmFiles(paths, topology, spec)) {
    changes.push(...(await changeOf({ ...PLAIN, name: `kubeadm/${basename(path)}`, path, content })));
  }
  // A proxy's address with a password in it is no part of a rendered file: the Vagrantfile reads it from here.
  for (const scheme of ["http", "https"] as const) {
    const content = carriesLogin(spec.proxy[scheme]) ? spec.proxy[scheme] : undefined;
    const path = paths.proxies[scheme];
    changes.push(...(await changeOf({ ...SECRET, name: `proxy/${scheme}`, path, content })));
  }
  changes.push(...(await changeOf({ ...PLAIN, name: "proxy/ca.crt", path: paths.proxyCa, content: input.proxyCa })));
  return { changes, edited };
}

/** The change as an item of a plan. */
export function renderItem({ name, content, isEdited }: Change): Item {
  const verb = content === undefined ? "remove" : isEdited ? "renew, with a backup beside it," : "write";
  return overall(fileAction(name), `${verb} ${name}`);
}

async function stateOf(path: string): Promise<"ours" | "edited" | "foreign"> {
  const existing = await readIfExists(path);
  return existing === undefined ? "ours" : readStamp(existing).state;
}

/** The change itself, or nothing where the file is as it shall be. */
async function changeOf(change: Change): Promise<readonly Change[]> {
  const { path, content, mode } = change;
  const isRight = content === undefined ? (await readIfExists(path)) === undefined : await holds(path, content, mode);
  return isRight ? [] : [change];
}

function foreignFile(path: string): AlpineK8sError {
  return new AlpineK8sError("conflict", `${path} is there already and was not made by alpine-k8s; it was left alone`, {
    hints: [`move it away, or: alpine-k8s render --force  (keeps a backup beside it)`],
  });
}

function kubeadmFiles(paths: ClusterPaths, topology: Topology, spec: ClusterSpec): [string, string][] {
  const { first } = masters(topology);
  return topology.nodes.map((node) => {
    const text = node.name === first.name ? initConfig({ topology, node, spec }) : joinConfig({ topology, node, spec });
    return [join(paths.kubeadmConfigs, `${node.name}.yaml`), text];
  });
}

/** Machines that exist and are not in the topology: they stay defined, or Vagrant could not destroy them. */
async function orphansOf({ paths, topology, gone }: RenderInput): Promise<string[]> {
  const existing = await machineIds(paths.folder);
  const planned = new Set(topology.nodes.map((node) => node.name));
  return [...existing.keys()].filter((name) => !planned.has(name) && name !== gone).sort();
}

/** Names of files, for messages. */
export function fileNames(paths: readonly string[]): string {
  return paths.map((path) => basename(path)).join(", ");
}
