import { awaitApiMaster, chooseApiMaster } from "../../../control-plane/masters.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { Step } from "../../../engine/step.js";
import { refuseAllForeign } from "../../../nodes/preparation.js";
import { nodesWithoutPin, startItems } from "../../../nodes/plan-start.js";

/**
 * Refuses machines of another cluster before any is changed. Connects to the machines that run and starts the others; ends as soon as the masters are fit, while minions go on.
 */
export const startMachines: Step<ClusterContext> = {
  id: "start-machines",
  title: "Start and prepare machines",
  plan: async (context) => {
    const { fleet, topology, signal } = context;
    // Before any is connected to, which pins its key.
    const unpinned = await nodesWithoutPin(context, topology.nodes);
    const sessions = await fleet.look();
    signal.throwIfAborted();
    refuseAllForeign(sessions);
    chooseApiMaster(context, sessions);
    return startItems(context, { nodes: topology.nodes, sessions, unpinned });
  },
  run: async (context) => {
    const started = await context.fleet.start();
    if (started.length > 0) context.progress.detail(`starting ${started.join(", ")}`);
    await awaitApiMaster(context);
  },
};
