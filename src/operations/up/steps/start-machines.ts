import { awaitApiMaster } from "../../../control-plane/masters.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { Step } from "../../../engine/step.js";

/**
 * Connects to the machines that run and starts the others; ends as soon as the masters are fit, while minions go on.
 */
export const startMachines: Step<ClusterContext> = {
  title: "Start and prepare machines",
  run: async (context) => {
    const started = await context.fleet.start();
    if (started.length > 0) context.progress.detail(`starting ${started.join(", ")}`);
    await awaitApiMaster(context);
  },
};
