import { seenNodes, type SeenNode } from "../../../nodes/seen-nodes.js";
import { pending, type AddNodeContext } from "../context.js";

/** The nodes that still have something to be done, as a plan sees them. */
export function seenPending(context: AddNodeContext): Promise<readonly SeenNode[]> {
  return seenNodes(
    context,
    pending(context).map(({ node }) => node),
  );
}
