import { AlpineK8sError } from "../base/errors.js";
import { readIfExists } from "../base/files.js";
import type { ClusterContext } from "../engine/context.js";
import { apiAnswers } from "./api-answers.js";
import { kubeadmFile, makesControlPlane } from "../nodes/kubeadm-file.js";

/**
 * Throws `conflict` when the cluster may exist where the spec does not show it: on an existing machine that was set up
 * as a master and is not in the spec, or where the folder's admin.config leads.
 */
export async function refuseSplitCluster(context: ClusterContext): Promise<void> {
  const planned = new Set(context.topology.nodes.map((node) => node.name));
  for (const name of await context.machines.existing()) {
    if (planned.has(name)) continue;
    const config = await readIfExists(kubeadmFile(name, context.paths));
    if (config !== undefined && makesControlPlane(config)) {
      throw conflict(`${name} is a master that the spec does not name, and may run the cluster`, [
        `put ${name} back into alpine-k8s.yaml (role: master), then: alpine-k8s up`,
      ]);
    }
  }
  const adminConfig = await readIfExists(context.paths.adminConfig);
  if (adminConfig !== undefined && (await apiAnswers(context, adminConfig))) {
    throw conflict(`the API that ${context.paths.adminConfig} leads to answers: the cluster lives on another master`, [
      "put that master back into alpine-k8s.yaml, then: alpine-k8s up",
    ]);
  }
}

function conflict(why: string, hints: readonly string[]): AlpineK8sError {
  return new AlpineK8sError("conflict", `${why}; no second cluster was made beside it`, {
    hints: [...hints, "if the old cluster is lost for good: alpine-k8s destroy, then alpine-k8s up"],
  });
}
