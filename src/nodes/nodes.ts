import { AlpineK8sError } from "../base/errors.js";
import type { PlannedNode, Topology } from "../model/topology/topology.js";
import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";

/** The masters: the first makes the cluster, the others join it. */
export function masters(topology: Topology): { readonly first: PlannedNode; readonly further: readonly PlannedNode[] } {
  const [first, ...further] = topology.nodes.filter((node) => node.role === "master");
  if (!first) throw new AlpineK8sError("bug", "the topology has no master");
  return { first, further };
}

export function minions(topology: Topology): readonly PlannedNode[] {
  return topology.nodes.filter((node) => node.role === "minion");
}

/** Whether the machine still has to join the cluster, or its kubelet is not healthy. */
export function needsJoin({ facts }: NodeSession): boolean {
  return facts.state !== "finished" || facts.kubeletHealthz !== "ok";
}

/** Waits for all nodes and returns those that could be prepared, in the order of the topology. */
export async function preparedSessions({
  topology,
  fleet,
}: Pick<ClusterContext, "topology" | "fleet">): Promise<readonly NodeSession[]> {
  const outcomes = await Promise.allSettled(topology.nodes.map((node) => fleet.prepared(node)));
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}
