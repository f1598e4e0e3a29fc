import type { ClusterContext } from "../engine/context.js";
import { maybe, type Item } from "../engine/item.js";
import type { NodeSession } from "../engine/node-session.js";
import { NotKnownYet } from "../engine/not-known-yet.js";
import type { PlannedNode } from "../model/topology/topology.js";
import { forEachNode } from "../remote/for-each-node.js";

/** A node as a plan sees it: prepared, not to be known yet, or why it failed. */
export type SeenNode =
  | { readonly node: PlannedNode; readonly session: NodeSession }
  | { readonly node: PlannedNode; readonly unknown: NotKnownYet }
  | { readonly node: PlannedNode; readonly failure: unknown };

/** How a run looks at nodes: at all of these, as {@link seenNodes}, or at those that it may touch. */
export type See<Context> = (context: Context, nodes: readonly PlannedNode[]) => Promise<readonly SeenNode[]>;

type Fleet = Pick<ClusterContext, "fleet">;

/** The nodes, in their order; waits until each was prepared, could not be known, or has failed. */
export async function seenNodes({ fleet }: Fleet, nodes: readonly PlannedNode[]): Promise<readonly SeenNode[]> {
  const outcomes = await Promise.allSettled(nodes.map((node) => fleet.prepared(node)));
  return nodes.flatMap((node, index): SeenNode[] => {
    const outcome = outcomes[index];
    if (outcome === undefined) return [];
    if (outcome.status === "fulfilled") return [{ node, session: outcome.value }];
    const reason: unknown = outcome.reason;
    return [reason instanceof NotKnownYet ? { node, unknown: reason } : { node, failure: reason }];
  });
}

/** Throws why nodes failed, of all of them as one error. */
export async function refuseFailed(seen: readonly SeenNode[]): Promise<void> {
  const named = seen.map((one) => ({ name: one.node.name, one }));
  await forEachNode(named, "planning", ({ one }) =>
    "failure" in one ? Promise.reject(one.failure as Error) : Promise.resolve(),
  );
}

/** Whether the node's machine exists and only a run will show what is on it. */
export function isHidden(seen: SeenNode): seen is { readonly node: PlannedNode; readonly unknown: NotKnownYet } {
  return "unknown" in seen && !seen.unknown.isNew;
}

/** Whether the machine is still to be made. */
export function isNew(seen: SeenNode): boolean {
  return "unknown" in seen && seen.unknown.isNew;
}

/** The item of a node that cannot be known yet: certain on a machine that is still to be made, else one that may be. */
export function whenKnown(item: Item, { isNew: certain, until }: NotKnownYet): Item {
  return certain ? item : maybe(item, until);
}
