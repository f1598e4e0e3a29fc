import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { AlpineK8sError } from "../../base/errors.js";
import { readIfExists, SECRET_MODE, writeIfChanged } from "../../base/files.js";
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
  /** Renew edited files too; the old ones are kept beside them as `<name>.bak`. */
  readonly force: boolean;
}

export interface RenderOutcome {
  readonly written: readonly string[];
  /** Files that somebody edited; they are used as they are. */
  readonly edited: readonly string[];
  readonly backups: readonly string[];
}

/**
 * Renders the files of the cluster folder for this topology: Vagrantfile (with provider vagrant), the node scripts, a
 * kubeadm configuration per node. Edited files stay unless forced.
 */
export async function renderFolder(input: RenderInput): Promise<RenderOutcome> {
  const { paths, topology, spec } = input;
  const orphans = await orphansOf(paths, topology);
  const files = renderClusterFiles({ topology, spec, orphans });
  const wanted: [string, string][] = [
    ...(topology.identity.provider === "vagrant" ? [[paths.vagrantfile, files.Vagrantfile] as [string, string]] : []),
    [paths.scripts.shared, files["shared.sh"]],
    [paths.scripts.master, files["master.sh"]],
    [paths.scripts.minion, files["minion.sh"]],
  ];
  const outcome = { written: [] as string[], edited: [] as string[], backups: [] as string[] };
  for (const [path, content] of wanted) await renderOne(path, content, input.force, outcome);
  for (const [path, content] of kubeadmFiles(paths, topology, spec)) {
    if ((await writeIfChanged(path, content)) === "written") outcome.written.push(path);
  }
  for (const scheme of ["http", "https"] as const) await writeProxy(paths.proxies[scheme], spec.proxy[scheme]);
  return outcome;
}

/** A proxy address with a password is not written into a rendered file: the Vagrantfile reads it from here. */
async function writeProxy(path: string, address: string): Promise<void> {
  if (carriesLogin(address)) await writeIfChanged(path, address, SECRET_MODE);
  else await rm(path, { force: true });
}

async function renderOne(
  path: string,
  content: string,
  force: boolean,
  outcome: { written: string[]; edited: string[]; backups: string[] },
): Promise<void> {
  const existing = await readIfExists(path);
  const state = existing === undefined ? "ours" : readStamp(existing).state;
  if (state !== "ours" && !force) {
    if (state === "foreign") throw foreignFile(path);
    outcome.edited.push(path);
    return;
  }
  if (state !== "ours") {
    const backup = `${path}.${new Date().toISOString().replace(/[:.]/g, "-")}.bak`;
    await rename(path, backup);
    outcome.backups.push(backup);
  }
  if ((await writeIfChanged(path, content)) === "written") outcome.written.push(path);
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
async function orphansOf(paths: ClusterPaths, topology: Topology): Promise<string[]> {
  const existing = await machineIds(paths.folder);
  const planned = new Set(topology.nodes.map((node) => node.name));
  return [...existing.keys()].filter((name) => !planned.has(name)).sort();
}

/** Names of files, for messages. */
export function fileNames(paths: readonly string[]): string {
  return paths.map((path) => basename(path)).join(", ");
}
