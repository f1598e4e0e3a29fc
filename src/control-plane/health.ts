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
import { onlyRemembered, type NodeBoot } from "../kube/since-boot.js";
import { whyUnavailable } from "../kube/stuck-pods.js";
import type { ClusterContext } from "../engine/context.js";
import { SYSTEM_PODS } from "../kube/kube-object.js";

/** The state of one named condition of the cluster. */
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

/**
 * Checks every named condition. `kube` is the API, or why it cannot be asked: then that is the reason for every
 * condition. A node that has just started counts as not ready while the API only has its state from before. Throws only
 * on abort.
 */
export async function lookAtConditions(
  context: Pick<ClusterContext, "topology" | "network" | "addons" | "signal">,
  kube: KubeApi | string,
  boots: readonly NodeBoot[] = [],
): Promise<readonly ConditionState[]> {
  const workloads = networkWorkloads(context);
  const nodes = context.topology.nodes.map(({ fqdn, address }) => ({ fqdn, address }));
  const own = context.addons.flatMap(({ name, text }) => workloadsIn(text, name));
  const conditions = [...clusterConditions(nodes, workloads), ...(own.length === 0 ? [] : [addonsAvailable(own)])];
  if (typeof kube === "string") return conditions.map(({ id }) => ({ id, met: false, reason: kube }));
  try {
    const observed = await observeCluster(kube, [...workloads, ...own, COREDNS], context.signal);
    const remembered = (): Promise<string | undefined> =>
      whatIsRemembered(kube, { boots, observed, signal: context.signal });
    const about: Readonly<Record<string, readonly WorkloadRef[]>> = {
      ...{ "network-available": workloads, "coredns-available": [COREDNS], "addons-available": own },
    };
    const states = conditions.map(async ({ id, check }) => {
      const reason = check(observed) ?? (id === "nodes-ready" ? await remembered() : undefined);
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

async function whatIsRemembered(
  kube: KubeApi,
  seen: { readonly boots: readonly NodeBoot[]; readonly observed: ObservedCluster; readonly signal: AbortSignal },
): Promise<string | undefined> {
  if (seen.boots.length === 0) return undefined;
  return onlyRemembered(seen.boots, seen.observed.nodes, await kube.list(SYSTEM_PODS, seen.signal));
}
