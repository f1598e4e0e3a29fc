import { silentProgress } from "../../base/progress.js";
import { apiAccess } from "../../engine/api-access.js";
import type { ClusterContext } from "../../engine/context.js";
import type { Item } from "../../engine/item.js";
import type { NodeSession } from "../../engine/node-session.js";
import { NotKnownYet } from "../../engine/not-known-yet.js";
import { runReport } from "../../engine/run-report.js";
import { planSteps } from "../../engine/step.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { refuseUnfit } from "../../nodes/preparation.js";
import { seenNodes } from "../../nodes/seen-nodes.js";
import { upSteps } from "./up.js";

/** What concerns no node, and a report need not ask for. */
const OF_NO_NODE = ["check-prerequisites", "find-box", "fetch-manifests"];

/**
 * What `up` would do for sure on each node, by their short names, for a report: what it refuses to touch, and what keeps a
 * step from being planned, leaves a node without items. Nodes on which `up` does nothing are left out. Changes nothing.
 * The context's fleet must be one that only plans. Without `asksApi` nothing waits for an API that is known to be away.
 */
export async function planOnNodes(
  context: ClusterContext,
  { asksApi }: { readonly asksApi: boolean },
): Promise<ReadonlyMap<string, readonly Item[]>> {
  const tools = planningTools(context.tools, { bringsUp: true });
  const planning: ClusterContext = {
    ...context,
    ...{
      tools: asksApi
        ? tools
        : { ...tools, kube: () => Promise.reject(new NotKnownYet(undefined, "once the API answers")) },
      progress: silentProgress,
      report: runReport(),
      api: apiAccess(context.api),
    },
  };
  const found = new Map<string, readonly Item[]>();
  try {
    for (const step of upSteps([]).filter(({ id }) => !OF_NO_NODE.includes(id))) {
      for (const item of await itemsOf(step, planning)) {
        if (item.node !== undefined && item.maybe !== true)
          found.set(item.node, [...(found.get(item.node) ?? []), item]);
      }
    }
  } finally {
    await planning.api.close();
  }
  for (const one of await seenNodes(planning, planning.topology.nodes)) {
    // What a step would do to a node that is refused, it does not come to.
    if ("session" in one ? isRefused(one.session, context) : "failure" in one && !found.has(one.node.name))
      found.set(one.node.name, []);
  }
  return found;
}

async function itemsOf(step: ReturnType<typeof upSteps>[number], context: ClusterContext): Promise<readonly Item[]> {
  try {
    return (await planSteps([step], context)).flatMap(({ items }) => items);
  } catch {
    context.signal.throwIfAborted();
    return [];
  }
}

function isRefused(session: NodeSession, { machines }: ClusterContext): boolean {
  try {
    refuseUnfit(session, machines);
    return false;
  } catch {
    return true;
  }
}
