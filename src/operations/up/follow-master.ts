import type { ClusterContext } from "../../engine/context.js";
import { warn } from "../../engine/warn.js";
import { mergeIntoFile, planMergeIntoFile, wasMerged } from "../../kubeconfig/merge-file.js";
import { kubeconfigFiles } from "../../kubeconfig/merge-paths.js";
import { readCredentials } from "../../kubeconfig/read-credentials.js";
import { messageOf } from "../../base/errors.js";
import type { Topology } from "../../model/topology/topology.js";

/**
 * The user's own kubeconfig, when the cluster was merged into it and its entries differ from this admin.config: a copy
 * does not follow a master that is gone, or a renewed certificate.
 */
export async function staleMerge(
  { tools, signal }: Pick<ClusterContext, "tools" | "signal">,
  adminConfig: string,
): Promise<string | undefined> {
  const files = userFiles(tools);
  if (!(await wasMerged(files, adminConfig))) return undefined;
  const { changed, file } = await planMergeIntoFile({ files, adminConfig, use: false, force: false, signal });
  return changed ? file : undefined;
}

/** Brings the merged entries up to date; that this fails is a warning, as the cluster itself is in order. */
export async function renewMerge(
  context: Pick<ClusterContext, "tools" | "signal" | "progress" | "warnings">,
  adminConfig: string,
): Promise<void> {
  const { tools, signal, progress } = context;
  try {
    const { file } = await mergeIntoFile({ files: userFiles(tools), adminConfig, use: false, force: false, signal });
    progress.info(`the cluster's entries in ${file} are up to date again`);
  } catch (error) {
    signal.throwIfAborted();
    warn(context, `the cluster's entries in your kubeconfig are out of date: ${messageOf(error)}`);
  }
}

/** Warns when admin.config has led to another master before. */
export function tellMovedMaster(
  context: Pick<ClusterContext, "topology" | "progress" | "warnings">,
  before: string | undefined,
  after: string,
): void {
  const [from, to] = [masterOf(context.topology, before), masterOf(context.topology, after)];
  if (from !== undefined && to !== undefined && from !== to)
    warn(context, `admin.config leads to ${to} now; it led to ${from}`);
}

/** The master whose address the config names; nothing for an address of no master, or a config that cannot be read. */
function masterOf({ nodes }: Topology, adminConfig: string | undefined): string | undefined {
  if (adminConfig === undefined) return undefined;
  try {
    const { hostname } = new URL(readCredentials(adminConfig).server);
    const host = hostname.replace(/^\[|\]$/g, "");
    return nodes.find(({ address, access }) => host === (access?.address ?? address))?.name;
  } catch {
    return undefined;
  }
}

function userFiles({ computer: { env, home, platform } }: ClusterContext["tools"]): readonly [string, ...string[]] {
  return kubeconfigFiles({ env, home, platform, cwd: process.cwd() });
}
