import { rm } from "node:fs/promises";
import { SECRET_MODE, writeIfChanged } from "../../../base/files.js";
import type { ClusterContext } from "../../../engine/context.js";
import { adminConfigOf, kubeOf } from "../../../control-plane/kube-access.js";
import { warn } from "../../../engine/warn.js";
import { apiMaster } from "../../../control-plane/masters.js";
import type { Step } from "../../../engine/step.js";

/**
 * Writes a kubeconfig that this computer can use into the folder; with hosts the CA's key is removed from this
 * computer.
 */
export const writeAdminConfig: Step<ClusterContext> = {
  title: "Write admin.config",
  run: async (context) => {
    await writeIfChanged(context.paths.adminConfig, await adminConfigOf(context), SECRET_MODE);
    await warnWhenUnreachable(context);
    if (context.identity.provider === "hosts") await rm(context.paths.caKey, { force: true });
  },
};

/** Warns when this computer cannot use the config as it is. */
async function warnWhenUnreachable(context: ClusterContext): Promise<void> {
  const { via, whyNotDirect } = await kubeOf(context);
  if (via === "direct") return;
  const { name } = apiMaster(context);
  warn(
    context,
    `this computer does not reach the API (${whyNotDirect ?? "unknown why"}); admin.config alone works only from where ` +
      `port 6443 of ${name} can be reached. From here: alpine-k8s kubectl -- get nodes  (it goes through ${name})`,
  );
}
