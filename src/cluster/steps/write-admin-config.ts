import { rm } from "node:fs/promises";
import { SECRET_MODE, writeIfChanged } from "../../files.js";
import type { ClusterContext } from "../context.js";
import { adminConfigOf } from "../kube-access.js";
import type { Step } from "../step.js";

/** Puts a kubeconfig that this computer can use into the folder; on hosts the CA's key leaves this computer. */
export const writeAdminConfig: Step<ClusterContext> = {
  title: "Write admin.config",
  run: async (context) => {
    await writeIfChanged(context.paths.adminConfig, await adminConfigOf(context), SECRET_MODE);
    if (context.identity.provider === "hosts") await rm(context.paths.caKey, { force: true });
  },
};
