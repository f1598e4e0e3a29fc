import type { AddNodeContext } from "../context.js";
import { forEachPending, pending } from "../context.js";
import { ensureUniqueMachineIds } from "../../../nodes/ensure-unique-machine-ids.js";
import { compareIds } from "./compare-ids.js";
import type { Step } from "../../../engine/step.js";

/** Boots, connects to and prepares the new machines, and only those. */
export const startNew: Step<AddNodeContext> = {
  title: "Start and prepare the new machines",
  skip: (context) => Promise.resolve(nothingPending(context)),
  run: async (context) => {
    const started = await context.fleet.start(pending(context).map(({ node }) => node));
    if (started.length > 0) context.progress.detail(`starting ${started.join(", ")}`);
    await forEachPending(context, async (one) => {
      one.session = await context.fleet.prepared(one.node);
    });
    await compareIds(context);
    await ensureUniqueMachineIds(
      context,
      pending(context).flatMap(({ session }) => (session === undefined ? [] : [session])),
    );
  },
};

/** Why the steps that make nodes members have nothing to do; undefined when they have. */
export function nothingPending(context: AddNodeContext): string | undefined {
  return pending(context).length === 0 ? "members already" : undefined;
}
