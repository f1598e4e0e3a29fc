import type { ClusterContext } from "../../../engine/context.js";
import { awaitSignature, makePlannedToken, planToken } from "../../../control-plane/cluster-token.js";
import { servingPems } from "../../../control-plane/certificates/serving-pem.js";
import { joinMinion } from "../../../control-plane/join-minion.js";
import { nodesOf } from "../../../engine/item.js";
import { ensureUniqueMachineIds, tellSharedIds } from "../../../nodes/ensure-unique-machine-ids.js";
import { leaveBehindFailed } from "../../../nodes/left-behind.js";
import { minions, needsJoin, preparedSessions } from "../../../nodes/nodes.js";
import { isSureToJoin, joinItems, needsToken } from "../../../nodes/plan-join.js";
import { seenNodes } from "../../../nodes/seen-nodes.js";
import type { PlannedNode } from "../../../model/topology/topology.js";
import type { Step } from "../../../engine/step.js";

/** Joins all minions that have not joined, together; one that fails does not stop the others. */
export const joinMinions: Step<ClusterContext> = {
  id: "join-minions",
  title: "Join the minions",
  plan: async (context) => {
    const nodes = minions(context.topology);
    if (nodes.length === 0) return "there are none";
    const seen = await seenNodes(context, nodes);
    const items = seen.flatMap((one) => joinItems(one, needsJoin));
    if (items.length > 0)
      return [...(seen.some(needsToken) ? await planToken(context, seen.some(isSureToJoin)) : []), ...items];
    // A copy of a machine that had joined says so, too: nothing else would tell it.
    tellSharedIds(context, await preparedSessions(context));
    return `${nodes.length} joined already`;
  },
  run: async (context, items) => {
    await ensureUniqueMachineIds(context, await preparedSessions(context));
    let token: Promise<void> | undefined;
    const ensureToken = (): Promise<void> =>
      (token ??= makePlannedToken(context, items).then(() => awaitSignature(context, context.secrets.token)));
    const names = nodesOf(items);
    const nodes = minions(context.topology).filter(({ name }) => names.includes(name));
    const pems = await servingPems(context, nodes);
    await leaveBehindFailed(context, { nodes, during: joinMinions.title }, (node) =>
      join(context, node, { ensureToken, pem: pems.get(node.name) ?? "" }),
    );
  },
};

interface Joining {
  readonly ensureToken: () => Promise<void>;
  readonly pem: string;
}

async function join(context: ClusterContext, node: PlannedNode, { ensureToken, pem }: Joining): Promise<void> {
  const session = await context.fleet.prepared(node);
  if (!needsJoin(session)) return;
  const isNew = session.facts.state !== "finished";
  if (isNew) await ensureToken();
  await joinMinion(context, session, { token: context.secrets.token, pem: isNew ? pem : "" });
}
