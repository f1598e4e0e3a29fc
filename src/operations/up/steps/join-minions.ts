import { forEachNode } from "../../../remote/for-each-node.js";
import type { ClusterContext } from "../../../engine/context.js";
import { joinMinion } from "../../../control-plane/join-minion.js";
import { ensureClusterToken } from "../../../control-plane/kube-access.js";
import { ensureUniqueMachineIds } from "../../../nodes/ensure-unique-machine-ids.js";
import { minions, needsJoin, preparedSessions } from "../../../nodes/nodes.js";
import type { PlannedNode } from "../../../model/topology/topology.js";
import type { Step } from "../../../engine/step.js";

/** Joins all minions that have not joined, together; one that fails does not stop the others. */
export const joinMinions: Step<ClusterContext> = {
  title: "Join the minions",
  skip: async (context) => {
    const nodes = minions(context.topology);
    if (nodes.length === 0) return "there are none";
    const sessions = await Promise.allSettled(nodes.map((node) => context.fleet.prepared(node)));
    const joined = sessions.every((session) => session.status === "fulfilled" && !needsJoin(session.value));
    if (!joined) return undefined;
    // A copy of a machine that had joined seems to have joined, too; only its ids show it.
    await ensureUniqueMachineIds(context, await preparedSessions(context));
    return `${nodes.length} joined already`;
  },
  run: async (context) => {
    await ensureUniqueMachineIds(context, await preparedSessions(context));
    let token: Promise<void> | undefined;
    const ensureToken = (): Promise<void> => (token ??= ensureClusterToken(context));
    await forEachNode(minions(context.topology), "joining", (node) => join(context, node, ensureToken));
  },
};

async function join(context: ClusterContext, node: PlannedNode, ensureToken: () => Promise<void>): Promise<void> {
  const session = await context.fleet.prepared(node);
  if (!needsJoin(session)) return;
  if (session.facts.state !== "finished") await ensureToken();
  await joinMinion(context, session, context.secrets.token);
}
