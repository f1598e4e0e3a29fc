import { evenMasters } from "../../../model/topology/warnings.js";
import type { ClusterContext } from "../../../engine/context.js";
import { apiMaster, furtherMasters, mastersToAsk } from "../../../control-plane/masters.js";
import { ensureUniqueMachineIds } from "../../../nodes/ensure-unique-machine-ids.js";
import { joinMaster, needsJoinAsMaster } from "../../../control-plane/join-master.js";
import { awaitSignature, makePlannedToken, planToken } from "../../../control-plane/cluster-token.js";
import { isDeafAfterJoin, renewDeafKubeProxies } from "../../../control-plane/kube-proxy.js";
import { seenMasters } from "../../../control-plane/seen-masters.js";
import { maybe, nodesOf, onNode, type Item } from "../../../engine/item.js";
import { leaveBehindFailed } from "../../../nodes/left-behind.js";
import { isSureToJoin, joinItems, needsToken } from "../../../nodes/plan-join.js";
import { isNew, seenNodes } from "../../../nodes/seen-nodes.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";

const TITLE = "Join the masters";

/** Joins every further master that has not joined, one at a time: etcd takes one new member at a time. */
export const joinMasters: Step<ClusterContext> = {
  id: "join-masters",
  title: TITLE,
  plan: async (context) => {
    const { asked, others, mayChange } = await seenMasters(context);
    if (others.length === 0) return "there is one master";
    const further = others.flatMap((one) => joinItems(one, needsJoinAsMaster));
    const own = joinItems(asked, needsJoinAsMaster).map((item) => maybe(item, "where another master runs the cluster"));
    const items = [...(mayChange ? own : []), ...further];
    if (items.length === 0) return `${others.length} joined already`;
    if (!others.some(needsToken)) return items;
    const isSure = others.some(isSureToJoin);
    return [...(await planToken(context, isSure)), ...items, ...(await restarts(context, isSure))];
  },
  run: async (context, items) => {
    const asked = await context.fleet.prepared(apiMaster(context));
    const sessions = await furtherMasters(context);
    await ensureUniqueMachineIds(context, [asked, ...sessions]);
    const names = nodesOf(items.filter(({ action }) => action === "join"));
    const joining = sessions.filter((session) => names.includes(session.node.name) && needsJoinAsMaster(session));
    for (const session of joining) {
      if (session === joining.find(({ facts }) => facts.state !== "finished")) {
        await makePlannedToken(context, items);
        await awaitSignature(context, context.secrets.token);
      }
      await joinMaster(context, { session, asked, token: context.secrets.token });
    }
    const deaf = nodesOf(items.filter(({ action }) => action === RESTART));
    await renewDeafKubeProxies(context, asked, deaf);
    // Those that could not be prepared do not keep the others from joining.
    const [, ...nodes] = mastersToAsk(context);
    await leaveBehindFailed(context, { nodes, during: TITLE }, async (node) => {
      await context.fleet.prepared(node);
    });
    const even = evenMasters(context.topology);
    if (even !== undefined) warn(context, even);
  },
};

const RESTART = "restart-kube-proxy";

/** Where a new master leaves kube-proxy without news of the API. */
async function restarts(context: ClusterContext, isSure: boolean): Promise<readonly Item[]> {
  if (!isDeafAfterJoin(context)) return [];
  const { name } = apiMaster(context);
  const seen = await seenNodes(context, context.topology.nodes);
  return seen.flatMap((one) => {
    const item = onNode(one.node.name, RESTART, `restart kube-proxy on ${one.node.name} once the masters have joined`);
    if ("session" in one && (one.node.name === name || one.session.facts.state === "finished"))
      return [isSure ? item : maybe(item, "where one joins")];
    return one.node.name === name && isNew(one)
      ? [item]
      : "unknown" in one && !isNew(one)
        ? [maybe(item, one.unknown.until)]
        : [];
  });
}
