import { awaitApiMaster } from "../../../control-plane/masters.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { Step } from "../../../engine/step.js";

/** Connects to what runs, starts the rest; ends as soon as the masters are fit, the others go on meanwhile. */
export const startMachines: Step<ClusterContext> = {
  title: "Start and prepare machines",
  run: async (context) => {
    const started = await context.fleet.start();
    if (started.length > 0) context.progress.detail(`starting ${started.join(", ")}`);
    await awaitApiMaster(context);
  },
};
