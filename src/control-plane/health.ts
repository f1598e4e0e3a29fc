import { workloadsIn } from "../addons/workloads.js";
import { messageOf } from "../base/errors.js";
import {
  clusterConditions,
  COREDNS,
  workloadsAvailable,
  type ObservedCluster,
  type WorkloadRef,
} from "../kube/conditions.js";
import type { KubeApi } from "../kube/kube-api.js";
import { observeCluster } from "../kube/observe.js";
import { whyUnavailable } from "../kube/stuck-pods.js";
import type { ClusterContext } from "../engine/context.js";

/** One named condition of the cluster, looked at. */
export interface ConditionState {
  readonly id: string;
  readonly met: boolean;
  /** Why not; empty when met. */
  readonly reason: string;
}

function networkWorkloads({ network }: Pick<ClusterContext, "network">): readonly WorkloadRef[] {
  return network ? workloadsIn(network.text, "network.yaml") : [];
}

function addonsAvailable(wanted: readonly WorkloadRef[]): {
  readonly id: string;
  readonly check: (observed: ObservedCluster) => string | undefined;
} {
  return { id: "addons-available", check: ({ workloads }) => workloadsAvailable(wanted, workloads) };
}

/** Looks at every named condition; an API that does not answer is the reason of all. Throws only on abort. */
export async function lookAtConditions(
  context: Pick<ClusterContext, "topology" | "network" | "addons" | "signal">,
  kube: KubeApi | string,
): Promise<readonly ConditionState[]> {
  const workloads = networkWorkloads(context);
  const nodes = context.topology.nodes.map(({ fqdn, address }) => ({ fqdn, address }));
  const own = context.addons.flatMap(({ name, text }) => workloadsIn(text, name));
  const conditions = [...clusterConditions(nodes, workloads), ...(own.length === 0 ? [] : [addonsAvailable(own)])];
  if (typeof kube === "string") return conditions.map(({ id }) => ({ id, met: false, reason: kube }));
  try {
    const observed = await observeCluster(kube, [...workloads, ...own, COREDNS], context.signal);
    const about: Readonly<Record<string, readonly WorkloadRef[]>> = {
      ...{ "network-available": workloads, "coredns-available": [COREDNS], "addons-available": own },
    };
    const states = conditions.map(async ({ id, check }) => {
      const reason = check(observed);
      if (reason === undefined) return { id, met: true, reason: "" };
      const why = await whyUnavailable(kube, about[id] ?? [], observed.workloads, context.signal);
      return { id, met: false, reason: why === "" ? reason : `${reason} (${why})` };
    });
    return await Promise.all(states);
  } catch (error) {
    context.signal.throwIfAborted();
    return conditions.map(({ id }) => ({ id, met: false, reason: `the API did not answer: ${messageOf(error)}` }));
  }
}
