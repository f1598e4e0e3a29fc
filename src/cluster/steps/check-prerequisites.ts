import type { ClusterContext } from "../context.js";
import type { Step } from "../step.js";

/** Nothing is created when something is missing on this computer. */
export const checkPrerequisites: Step<ClusterContext> = {
  title: "Check this computer",
  run: (context) => context.machines.checkPrerequisites(),
};
