import { topologyWarnings } from "../../topology/warnings.js";
import type { ClusterContext } from "../context.js";
import type { Step } from "../step.js";
import { warn } from "../warn.js";

/** Nothing is created when something is missing on this computer; what may go wrong is told before the first machine. */
export const checkPrerequisites: Step<ClusterContext> = {
  title: "Check this computer",
  run: async (context) => {
    await context.machines.checkPrerequisites();
    if ((await context.machines.existing()).length > 0) return;
    for (const warning of topologyWarnings(context.topology, context.spec)) warn(context, warning);
  },
};
