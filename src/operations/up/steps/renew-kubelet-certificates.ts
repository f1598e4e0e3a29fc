import { isServingDue, putServing } from "../../../control-plane/certificates/put-serving.js";
import { hasOwnServing } from "../../../control-plane/certificates/serving-pem.js";
import type { ClusterContext } from "../../../engine/context.js";
import { maybe, nodesOf, onNode, type Item } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import type { PlannedNode } from "../../../model/topology/topology.js";
import { isHidden, seenNodes, type SeenNode } from "../../../nodes/seen-nodes.js";

/**
 * Gives kubelets of nodes that have joined the certificate that the folder has for them, where they show another one: it
 * ends soon, or a cluster made by hand or by an older version has kubelets with certificates that nobody can verify.
 */
export const renewKubeletCertificates: Step<ClusterContext> = {
  id: "renew-kubelet-certificates",
  title: "Renew kubelet certificates",
  plan: async (context) => {
    const { topology, spec } = context;
    if (hasOwnServing(spec)) return "they do not come from us";
    const seen = await seenNodes(context, topology.nodes);
    const items = (await Promise.all(seen.map((one) => itemsOf(context, one)))).flat();
    return items.length === 0 ? "all show the right ones" : items;
  },
  run: async (context, items) => {
    const names = nodesOf(items);
    const nodes = context.topology.nodes.filter(({ name }) => names.includes(name));
    await putServing(context, await Promise.all(nodes.map((node) => context.fleet.prepared(node))));
  },
};

async function itemsOf(context: ClusterContext, seen: SeenNode): Promise<readonly Item[]> {
  if (isHidden(seen)) return [maybe(renewal(seen.node), `where it shows another one, ${seen.unknown.until}`)];
  if (!("session" in seen)) return [];
  return (await isServingDue(context, seen.session)) ? [renewal(seen.node)] : [];
}

/** The certificate of a node's kubelet as an item of a plan. */
export function renewal({ name }: Pick<PlannedNode, "name">): Item {
  return onNode(name, "renew-kubelet-certificate", `renew the certificate of the kubelet on ${name}, and restart it`);
}
