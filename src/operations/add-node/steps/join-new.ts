import { AlpineK8sError } from "../../../base/errors.js";
import type { PlannedNode } from "../../../model/topology/topology.js";
import { evenMasters } from "../../../model/topology/warnings.js";
import { lookForMaster } from "../../../control-plane/masters.js";
import { servingPems } from "../../../control-plane/certificates/serving-pem.js";
import { joinMaster } from "../../../control-plane/join-master.js";
import { joinMinion } from "../../../control-plane/join-minion.js";
import { nodesOf } from "../../../engine/item.js";
import { needsJoin } from "../../../nodes/nodes.js";
import { joinItems } from "../../../nodes/plan-join.js";
import { forEachPending, type AddedNode, type AddNodeContext } from "../context.js";
import type { Step } from "../../../engine/step.js";
import type { NodeSession } from "../../../engine/node-session.js";
import { warn } from "../../../engine/warn.js";
import { seenPending } from "./seen-pending.js";

/**
 * The new nodes join with this run's own token and the CA pinned: masters one at a time, as etcd takes them, and
 * meanwhile all minions together.
 */
export const joinNew: Step<AddNodeContext> = {
  id: "join",
  title: "Join the cluster",
  plan: async (context) => {
    const items = (await seenPending(context)).flatMap((one) => joinItems(one, needsJoin));
    return items.length === 0 ? "joined already" : items;
  },
  run: async (context, items) => {
    const names = nodesOf(items);
    const pems = await servingPems(context, context.topology.nodes.filter(isNewMinion(names)));
    let asked: Promise<NodeSession> | undefined;
    let before: Promise<unknown> = Promise.resolve();
    await forEachPending(context, async (one) => {
      if (!names.includes(one.node.name)) return;
      if (one.node.role === "minion") return joinAsMinion(context, one, pems.get(one.node.name) ?? "");
      asked ??= lookForMaster(context, newMasters(context));
      const turn = Promise.all([asked, before]).then(([master]) => joinAsMaster(context, one, master));
      // The next master would fail because of the member that this one left in etcd.
      before = turn.catch(() => {
        throw new AlpineK8sError("node", `not tried, as ${one.node.name} did not join`);
      });
      before.catch(() => undefined);
      await turn;
    });
    const even = asked === undefined ? undefined : evenMasters(context.topology);
    if (even !== undefined) warn(context, even);
  },
};

/** Whether it is one of these, and a minion. */
function isNewMinion(names: readonly string[]): (node: PlannedNode) => boolean {
  return ({ name, role }) => role === "minion" && names.includes(name);
}

function newMasters({ added }: AddNodeContext): readonly PlannedNode[] {
  return added.flatMap(({ node, before }) => (node.role === "master" && before.value !== "ready" ? [node] : []));
}

async function joinAsMaster(context: AddNodeContext, { node, session }: AddedNode, asked: NodeSession): Promise<void> {
  if (session.value === undefined) throw new AlpineK8sError("bug", `${node.name} was not connected`);
  context.signal.throwIfAborted();
  await joinMaster(context, { session: session.value, asked, token: context.token.value ?? "" });
}

async function joinAsMinion(context: AddNodeContext, { node, session }: AddedNode, pem: string): Promise<void> {
  if (session.value === undefined) throw new AlpineK8sError("bug", `${node.name} was not connected`);
  await joinMinion(context, session.value, { token: context.token.value ?? "", pem });
}
