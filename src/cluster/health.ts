import { parseManifest } from "../addons/manifest.js";
import { workloadsOf } from "../addons/workloads.js";
import { messageOf } from "../errors.js";
import { clusterConditions, COREDNS, type WorkloadRef } from "../kube/conditions.js";
import type { KubeApi } from "../kube/kube-api.js";
import { observeCluster } from "../kube/observe.js";
import type { ClusterContext } from "./context.js";

/** One named condition of the cluster, looked at. */
export interface ConditionState {
  readonly id: string;
  readonly met: boolean;
  /** Why not; empty when met. */
  readonly reason: string;
}

function networkWorkloads({ network }: Pick<ClusterContext, "network">): readonly WorkloadRef[] {
  return network ? workloadsOf(parseManifest(network.text, "network.yaml")) : [];
}

/** Looks at every named condition; an API that does not answer is the reason of all. Never throws. */
export async function lookAtConditions(
  context: Pick<ClusterContext, "topology" | "network">,
  kube: KubeApi | string,
): Promise<readonly ConditionState[]> {
  const workloads = networkWorkloads(context);
  const nodes = context.topology.nodes.map(({ fqdn, address }) => ({ fqdn, address }));
  const conditions = clusterConditions(nodes, workloads);
  if (typeof kube === "string") return conditions.map(({ id }) => ({ id, met: false, reason: kube }));
  try {
    const observed = await observeCluster(kube, [...workloads, COREDNS]);
    return conditions.map(({ id, check }) => {
      const reason = check(observed);
      return { id, met: reason === undefined, reason: reason ?? "" };
    });
  } catch (error) {
    return conditions.map(({ id }) => ({ id, met: false, reason: `the API did not answer: ${messageOf(error)}` }));
  }
}
