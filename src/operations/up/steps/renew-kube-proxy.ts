import type { ClusterContext } from "../../../engine/context.js";
import { maybe, nodesOf, onNode, type Item } from "../../../engine/item.js";
import { restartWithEndpoint, withNewEndpoint } from "../../../control-plane/kube-proxy.js";
import { preparedSessions } from "../../../nodes/nodes.js";
import { isHidden, seenNodes } from "../../../nodes/seen-nodes.js";
import type { Step } from "../../../engine/step.js";

/**
 * Pods on the host network copy the hosts file when they start: where this run has changed the endpoint's entry on a
 * node that was set up before, its kube-proxy is restarted, and the network's pod where it asks the API there.
 */
export const renewKubeProxy: Step<ClusterContext> = {
  id: "renew-kube-proxy",
  title: "Renew kube-proxy",
  after: ["apply-network"],
  plan: async (context) => {
    const seen = await seenNodes(context, context.topology.nodes);
    const moved = withNewEndpoint(seen.flatMap((one) => ("session" in one ? [one.session] : [])));
    const items = [
      ...moved.map(({ node }) => restart(node.name)),
      ...seen
        .filter(isHidden)
        .map(({ node, unknown }) => maybe(restart(node.name), `where it has an old endpoint, ${unknown.until}`)),
    ];
    return items.length === 0 ? "no node got another endpoint" : items;
  },
  run: async (context, items) => {
    const names = nodesOf(items);
    const sessions = await preparedSessions(context);
    for (const session of sessions.filter(({ node }) => names.includes(node.name)))
      await restartWithEndpoint(context, session);
  },
};

function restart(name: string): Item {
  return onNode(name, "restart-kube-proxy", `restart kube-proxy on ${name}`);
}
