import type { AddNodeContext } from "../../add-node-context.js";
import { forEachPending, pending } from "../../add-node-context.js";
import { openHostKeys } from "../../../remote/host-keys.js";
import { checkDistinct } from "../../distinct-nodes.js";
import { compareIds } from "./compare-ids.js";
import type { Step } from "../../step.js";

/** Boots, connects to and prepares the new machines, and only those. */
export const startNew: Step<AddNodeContext> = {
  title: "Start and prepare the new machines",
  skip: (context) => Promise.resolve(nothingPending(context)),
  run: async (context) => {
    await forgetGoneMachines(context);
    const started = await context.fleet.start(pending(context).map(({ node }) => node));
    if (started.length > 0) context.progress.detail(`starting ${started.join(", ")}`);
    await forEachPending(context, async (one) => {
      one.session = await context.fleet.prepared(one.node);
    });
    await compareIds(context);
    checkDistinct(
      context,
      pending(context).flatMap(({ session }) => (session === undefined ? [] : [session])),
    );
  },
};

/** A machine that is made anew under an old name, after somebody destroyed it by hand, has another host key. */
async function forgetGoneMachines(context: AddNodeContext): Promise<void> {
  if (context.identity.provider === "hosts") return;
  const existing = await context.machines.existing();
  const store = openHostKeys(context.paths.knownHosts);
  for (const { node } of pending(context)) if (!existing.includes(node.name)) await store.forget(node.name);
}

/** Why the steps that make a member of a node have nothing to do, if so. */
export function nothingPending(context: AddNodeContext): string | undefined {
  return pending(context).length === 0 ? "members already" : undefined;
}
