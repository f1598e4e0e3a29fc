import { AlpineK8sError } from "../base/errors.js";
import type { PlannedNode } from "../model/topology/topology.js";
import type { ClusterContext } from "../engine/context.js";
import { masters } from "../nodes/nodes.js";
import type { NodeSession } from "../engine/node-session.js";

type Choosing = Pick<ClusterContext, "topology" | "api">;

/** The master whose API this run uses: the one it has chosen, else the first in the spec. */
export function apiMaster({ topology, api }: Choosing): PlannedNode {
  return api.master ?? masters(topology).first;
}

/** All masters, beginning with the one whose API this run uses. */
export function mastersToAsk(context: Choosing): readonly PlannedNode[] {
  const { first, further } = masters(context.topology);
  const chosen = apiMaster(context);
  return [chosen, ...[first, ...further].filter((node) => node.name !== chosen.name)];
}

/**
 * Chooses the master to ask among those that were looked at: one whose API answers, else one whose kubelet is healthy,
 * else one that is set up. When none is set up, the choice does not change.
 */
export function chooseApiMaster(context: Choosing, sessions: readonly (NodeSession | undefined)[]): void {
  const finished = sessions.filter(
    (session) =>
      session?.node.role === "master" && session.facts.role !== "minion" && session.facts.state === "finished",
  );
  const best =
    finished.find((session) => session?.facts.api === "ok") ??
    finished.find((session) => session?.facts.kubeletHealthz === "ok") ??
    finished[0];
  if (best !== undefined) context.api.choose(best.node);
}

/** The masters besides the one that this run asks, as far as they could be prepared. */
export async function furtherMasters(
  context: Choosing & Pick<ClusterContext, "fleet">,
): Promise<readonly NodeSession[]> {
  const [, ...others] = mastersToAsk(context);
  const outcomes = await Promise.allSettled(others.map((node) => context.fleet.prepared(node)));
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

/**
 * Finds a master to ask, for an operation that looks at no node otherwise; nothing is started or prepared. Nodes in
 * `except` are still to become masters. Throws `node` when no other master is set up and answers.
 */
export async function lookForMaster(
  context: Choosing & Pick<ClusterContext, "fleet" | "signal">,
  except: readonly PlannedNode[],
): Promise<NodeSession> {
  const nodes = mastersToAsk(context).filter((node) => !except.includes(node));
  const sessions = await context.fleet.observe(nodes);
  context.signal.throwIfAborted();
  chooseApiMaster(context, sessions);
  const found = sessions.find((session) => session !== undefined && session.node === context.api.master);
  if (found !== undefined) return found;
  const names = nodes.map((node) => node.name).join(", ");
  throw new AlpineK8sError("node", `no master answers by ssh and is set up: ${names}`, {
    hints: ["alpine-k8s status", "alpine-k8s up"],
  });
}

/**
 * Waits until every master is prepared or has failed, and chooses one. When no prepared master is set up, throws the
 * failure of one that may be: the cluster may run there, and no second cluster must be made beside it.
 */
export async function awaitApiMaster(context: Choosing & Pick<ClusterContext, "fleet">): Promise<NodeSession> {
  const { first, further } = masters(context.topology);
  if (further.length === 0) return context.fleet.prepared(first);
  const outcomes = await Promise.allSettled([first, ...further].map((node) => context.fleet.prepared(node)));
  chooseApiMaster(
    context,
    outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : undefined)),
  );
  if (context.api.master === undefined) {
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
  return context.fleet.prepared(apiMaster(context));
}
