import type { Tools } from "../engine/tools.js";
import { PlanningFleet } from "./planning-fleet.js";

/**
 * The same world for a command that only looks: nodes are neither started nor prepared, and a host key that is not pinned
 * yet is believed for this one look.
 */
export function lookingTools(tools: Tools): Tools {
  return {
    ...tools,
    connect: (target, options) => tools.connect(target, { ...options, pins: false }),
    fleet: (input) => Promise.resolve(new PlanningFleet(input)),
  };
}
