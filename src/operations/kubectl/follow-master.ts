import { messageOf } from "../../base/errors.js";
import { readIfExists, SECRET_MODE, writeIfChanged } from "../../base/files.js";
import { masterIn } from "../../control-plane/living-master.js";
import type { ClusterContext } from "../../engine/context.js";
import { warn } from "../../engine/warn.js";
import { mergeIntoFile, isMerged, planMergeIntoFile } from "../../kubeconfig/merge-file.js";
import { withLock } from "../../engine/lock.js";
import { kubeconfigFiles } from "../../kubeconfig/merge-paths.js";

/**
 * The user's own kubeconfig, when the cluster was merged into it, its entries are still there, and they differ from this
 * admin.config: a copy does not follow a master that is gone, or a renewed certificate. A file that cannot be merged into
 * is left to the user, who is told by `kubectl-config --merge`.
 */
export async function staleMerge(
  { tools, signal }: Pick<ClusterContext, "tools" | "signal">,
  adminConfig: string,
): Promise<string | undefined> {
  const files = userFiles(tools);
  try {
    if (!(await isMerged(files, adminConfig))) return undefined;
    const { changed, file } = await planMergeIntoFile({ files, adminConfig, use: false, force: false, signal });
    return changed ? file : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Brings the merged entries up to date; that this fails is a warning, as the cluster itself is in order. */
export async function renewMerge(
  context: Pick<ClusterContext, "tools" | "signal" | "progress" | "report">,
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

/** Writes admin.config under the folder's lock, for a run without it, and brings the user's merged entries up to date. */
export async function putAdminConfig(context: ClusterContext, text: string): Promise<void> {
  const { adminConfig, lock } = context.paths;
  await withLock(lock, "alpine-k8s kubectl-config", async () => {
    const before = await readIfExists(adminConfig);
    await writeIfChanged(adminConfig, text, SECRET_MODE);
    tellMovedMaster(context, before, text);
    if ((await staleMerge(context, text)) !== undefined) await renewMerge(context, text);
  });
}

/** Warns when admin.config has led to another master before. */
export function tellMovedMaster(
  context: Pick<ClusterContext, "topology" | "progress" | "report">,
  before: string | undefined,
  after: string,
): void {
  const [from, to] = [
    before === undefined ? undefined : masterIn(context.topology, before),
    masterIn(context.topology, after),
  ];
  if (from !== undefined && to !== undefined && from !== to)
    warn(context, `admin.config leads to ${to} now; it led to ${from}`);
}

function userFiles({ computer: { env, home, platform } }: ClusterContext["tools"]): readonly [string, ...string[]] {
  return kubeconfigFiles({ env, home, platform, cwd: process.cwd() });
}
