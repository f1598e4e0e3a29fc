import type { Machines } from "./machines.js";

/** Clocks of our own machines are stepped beyond this many seconds. */
const STEP_BEYOND = 1.5;
/** Machines of others are refused beyond this many seconds. */
const REFUSE_BEYOND = 30;

/** Seconds by which a node's clock may differ from this computer's before `up` steps it, or refuses the node. */
export function clockLimit({ stepsClocks }: Pick<Machines, "stepsClocks">): number {
  return stepsClocks ? STEP_BEYOND : REFUSE_BEYOND;
}
