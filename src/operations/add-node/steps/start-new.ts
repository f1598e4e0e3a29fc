import { forEachPending, pending, type AddNodeContext } from "../context.js";
import { ensureUniqueMachineIds } from "../../../nodes/ensure-unique-machine-ids.js";
import { nodesWithoutPin, startItems } from "../../../nodes/plan-start.js";
import { compareIds } from "./compare-ids.js";
import type { Step } from "../../../engine/step.js";

/** Boots, connects to and prepares the new machines, and only those. */
export const startNew: Step<AddNodeContext> = {
  id: "start-machines",
  title: "Start and prepare the new machines",
  plan: async (context) => {
    const nodes = pending(context).map(({ node }) => node);
    if (nodes.length === 0) return MEMBERS;
    const unpinned = await nodesWithoutPin(context, nodes);
    const sessions = await context.fleet.look(nodes);
    context.signal.throwIfAborted();
    return startItems(context, { nodes, sessions, unpinned });
  },
  run: async (context) => {
    const started = await context.fleet.start(pending(context).map(({ node }) => node));
    if (started.length > 0) context.progress.detail(`starting ${started.join(", ")}`);
    await forEachPending(context, async (one) => {
      one.session.give(await context.fleet.prepared(one.node));
    });
    await compareIds(context);
    await ensureUniqueMachineIds(
      context,
      pending(context).flatMap(({ session }) => session.value ?? []),
    );
  },
};

/** Why the steps that make a member of a node have nothing to do. */
export const MEMBERS = "members already";
