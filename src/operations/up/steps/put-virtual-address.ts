import { isPodDue, putPod } from "../../../control-plane/shared-address/carry-address.js";
import { mastersToAsk } from "../../../control-plane/masters.js";
import type { ClusterContext } from "../../../engine/context.js";
import { maybe, nodesOf, onNode, type Item } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import { sharedAddress } from "../../../model/topology/api-endpoint.js";
import { isHidden, isNew, seenNodes, type See, type SeenNode } from "../../../nodes/seen-nodes.js";

/**
 * Gives every master that is seen the static pod that carries the address of all of them, once they have joined and one
 * after the other, the one that is asked first. Where the spec has no such address any more, takes the pods away; nodes
 * have forgotten the address by then, as they were prepared.
 */
export function putVirtualAddressOn<Context extends ClusterContext>(see: See<Context>): Step<Context> {
  return {
    id: "put-virtual-address",
    title: "Give the masters one address",
    isQuiet: true,
    plan: async (context) => {
      const seen = await see(context, mastersToAsk(context));
      const items = (await Promise.all(seen.map((one) => itemsOf(context, one)))).flat();
      if (items.length > 0) return items;
      const address = sharedAddress(context.topology);
      return address === undefined ? "each has its own" : `${address} is set up on ${seen.length}`;
    },
    run: async (context, items) => {
      const names = nodesOf(items);
      for (const node of mastersToAsk(context).filter(({ name }) => names.includes(name))) {
        await putPod(context, await context.fleet.prepared(node));
      }
    },
  };
}

export const putVirtualAddress: Step<ClusterContext> = putVirtualAddressOn(seenNodes);

async function itemsOf(context: ClusterContext, seen: SeenNode): Promise<readonly Item[]> {
  const address = sharedAddress(context.topology);
  if ("session" in seen) {
    const { facts } = seen.session;
    if (facts.state === "foreign" || !(await isPodDue(context, seen.session))) return [];
    return [address === undefined ? drop(seen.node.name) : put(seen.node.name, address)];
  }
  if (address === undefined) return [];
  if (isNew(seen)) return [put(seen.node.name, address)];
  return isHidden(seen) ? [maybe(put(seen.node.name, address), `where it is missing, ${seen.unknown.until}`)] : [];
}

function put(name: string, address: string): Item {
  return onNode(name, "put-pod", `put the pod that carries ${address} on ${name}`);
}

function drop(name: string): Item {
  return onNode(name, "drop-pod", `take the pod with the address of all masters away from ${name}`);
}
