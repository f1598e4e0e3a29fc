import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";
import { NotKnownYet } from "../engine/not-known-yet.js";
import type { KubeApi } from "../kube/kube-api.js";
import { connectApi } from "./connect-api.js";
import { isHidden, seenNodes, type SeenNode } from "../nodes/seen-nodes.js";
import { mastersToAsk } from "./masters.js";

/** The masters as a plan sees them. */
export interface SeenMasters {
  /** The one that the run asks, as far as it can be told. */
  readonly asked: SeenNode;
  readonly others: readonly SeenNode[];
  /** A master that is off may turn out to be the one that is asked. */
  readonly mayChange: boolean;
  /** No master has a cluster: the run makes it, on the one that it asks. */
  readonly areAllNew: boolean;
}

/**
 * The API for a plan. {@link NotKnownYet} where this run has still to make the cluster on the master that is asked, or to
 * start that master.
 */
export async function kubeForPlan(context: ClusterContext): Promise<KubeApi> {
  await demandCluster(context);
  return connectApi(context, "prepared");
}

/** Throws {@link NotKnownYet} where the master that is asked has no cluster yet. */
export async function demandCluster(context: ClusterContext): Promise<void> {
  if (context.api.isNew) return;
  const { asked } = await seenMasters(context);
  if ("unknown" in asked) throw asked.unknown;
  if ("session" in asked && asked.session.facts.state === "finished") return;
  throw new NotKnownYet(asked.node.name, `once the cluster runs on ${asked.node.name}`);
}

/** Whether the master needs nothing for its API to answer. */
export function runsApi({ facts }: NodeSession): boolean {
  return facts.state === "finished" && facts.kubeletHealthz === "ok" && facts.api !== "down";
}

/** Waits for all masters. Throws the failure of the one that is asked; another one fails when it has to join. */
export async function seenMasters(context: Pick<ClusterContext, "topology" | "api" | "fleet">): Promise<SeenMasters> {
  const [first, ...others] = await seenNodes(context, mastersToAsk(context));
  if (first === undefined) throw new Error("there is no master to ask");
  if ("failure" in first) throw first.failure;
  const mayChange = others.some(isHidden);
  const isFinished = "session" in first && first.session.facts.state === "finished";
  return { asked: first, others, mayChange, areAllNew: !isFinished && !isHidden(first) && !mayChange };
}
