import type { ClusterContext } from "../../../engine/context.js";
import { differences, differenceText } from "../../../control-plane/differences.js";
import { kubeForPlan, seenMasters } from "../../../control-plane/seen-masters.js";
import { maybe, nodesOf, onNode, type Item } from "../../../engine/item.js";
import { NotKnownYet } from "../../../engine/not-known-yet.js";
import type { KubeObject } from "../../../kube/kube-api.js";
import { preparedSessions } from "../../../nodes/nodes.js";
import { isHidden, seenNodes, type SeenNode } from "../../../nodes/seen-nodes.js";
import { retryWhileApiUnavailable } from "../../../control-plane/retry-while-api-unavailable.js";
import { reregisterNodes, unregistered } from "../../../nodes/reregister-nodes.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";

/**
 * Reports what differs from the spec; nothing is resized or destroyed. Nodes that the API has lost are registered
 * again.
 */
export const compareWithSpec: Step<ClusterContext> = {
  id: "compare-with-spec",
  title: "Compare with the spec",
  after: ["renew-kubelet-certificates", "start-dns"],
  plan: async (context) => {
    const { topology, machines } = context;
    const registered = await registeredNodes(context);
    const seen = await seenNodes(context, topology.nodes);
    const sessions = seen.flatMap((one) => ("session" in one ? [one.session] : []));
    const existing = await machines.existing();
    const found = differences({ topology, sessions, machines: existing, registered: registered ?? [] });
    for (const one of found) warn(context, differenceText(one));
    const isLost = ({ node }: SeenNode): boolean =>
      !(registered ?? []).some(({ metadata }) => metadata.name === node.fqdn);
    const lost = [
      ...unregistered(sessions, registered ?? []).map(({ node }) => restart(node.name)),
      ...seen
        .filter(isHidden)
        .filter(isLost)
        .map(({ node, unknown }) => maybe(restart(node.name), unknown.until)),
    ];
    if (registered !== undefined) return lost;
    if ((await seenMasters(context)).areAllNew) return [];
    return lost.map((item) => maybe(restart(item.node ?? ""), "where the API has no node of its name"));
  },
  run: async (context, items) => {
    const names = nodesOf(items);
    const sessions = await preparedSessions(context);
    await reregisterNodes(
      context,
      sessions.filter(({ node }) => names.includes(node.name)),
    );
  },
};

function restart(name: string): Item {
  return onNode(name, "restart-kubelet", `restart the kubelet of ${name}`);
}

/** The node objects; nothing when the API can only be asked later. */
async function registeredNodes(context: ClusterContext): Promise<readonly KubeObject[] | undefined> {
  try {
    const kube = await kubeForPlan(context);
    return await retryWhileApiUnavailable(context, () => kube.list("/api/v1/nodes", context.signal));
  } catch (error) {
    if (error instanceof NotKnownYet) return undefined;
    throw error;
  }
}
