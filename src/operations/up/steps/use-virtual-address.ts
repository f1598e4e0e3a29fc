import { AlpineK8sError, messageOf } from "../../../base/errors.js";
import { awaitAddress, useAddress } from "../../../control-plane/shared-address/carry-address.js";
import { apiMaster } from "../../../control-plane/masters.js";
import { renewEndpointPods } from "../../../control-plane/refresh-endpoint.js";
import type { ClusterContext } from "../../../engine/context.js";
import { maybe, nodesOf, onNode, type Item } from "../../../engine/item.js";
import type { NodeSession } from "../../../engine/node-session.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";
import { sharedAddress } from "../../../model/topology/api-endpoint.js";
import { isHidden, isNew, seenNodes, type See, type SeenNode } from "../../../nodes/seen-nodes.js";

/** How long the address is waited for. */
export interface AddressWait {
  /** Milliseconds. */
  readonly atMost: number;
  /** That it does not come is an error, not a warning. */
  readonly isDemanded: boolean;
}

/**
 * Once the API answers at the address of all masters, puts it ahead of their own addresses into the hosts files of all
 * nodes that are seen, one after the other. When it does not answer in time, the hosts files stay as they are, which is a warning unless
 * it is demanded.
 */
export function useVirtualAddress<Context extends ClusterContext>(
  waiting: AddressWait,
  see: See<Context> = seenNodes,
): Step<Context> {
  return {
    id: "use-virtual-address",
    title: "Use the address of all masters",
    isQuiet: true,
    plan: async (context) => {
      const address = sharedAddress(context.topology);
      if (address === undefined) return "there is none";
      const seen = await see(context, context.topology.nodes);
      const items = seen.flatMap((one) => useItems(one, address));
      return items.length === 0 ? `all nodes use ${address}` : items;
    },
    run: async (context, items) => {
      const asked = await context.fleet.prepared(apiMaster(context));
      if (!(await answers(context, asked, waiting))) return;
      const names = nodesOf(items);
      for (const one of await see(context, context.topology.nodes)) {
        if ("session" in one && names.includes(one.node.name)) await lead(context, one.session);
      }
    },
  };
}

async function answers(
  context: ClusterContext,
  asked: NodeSession,
  { atMost, isDemanded }: AddressWait,
): Promise<boolean> {
  try {
    await awaitAddress(context, asked, atMost);
    return true;
  } catch (error) {
    context.signal.throwIfAborted();
    const isLate = error instanceof AlpineK8sError && error.kind === "timeout";
    if (!isLate || isDemanded) throw error;
    warn(
      context,
      `the masters have no address of all yet: ${messageOf(error)}; nodes use the masters' own. To wait for it: alpine-k8s up --wait addons`,
    );
    return false;
  }
}

/**
 * Puts the address into a node's hosts file, and lets what has copied that start again. A node that does not reach the
 * address keeps the masters' own, with a warning.
 */
export async function lead(context: ClusterContext, session: NodeSession): Promise<void> {
  try {
    await useAddress(context, session);
  } catch (error) {
    context.signal.throwIfAborted();
    warn(context, `${messageOf(error)}; later: alpine-k8s up`);
    return;
  }
  await renewEndpointPods(context, session);
}

/** What a node has to be told of the address. */
export function useItems(seen: SeenNode, address: string): readonly Item[] {
  const { name } = seen.node;
  const item = onNode(name, "use-address", `let ${name} ask the API at ${address}, and restart kube-proxy there`);
  if ("session" in seen) return seen.session.facts.usesVirtualAddress ? [] : [item];
  if (isNew(seen)) return [item];
  return isHidden(seen) ? [maybe(item, `where it does not yet, ${seen.unknown.until}`)] : [];
}
