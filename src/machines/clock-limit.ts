import type { Machines } from "./machines.js";

/** Clocks of our own machines are stepped beyond this many seconds. */
export const STEP_BEYOND = 1.5;
/** Nodes with a clock that we do not step are refused beyond this many seconds. */
export const REFUSE_BEYOND = 30;

/** Seconds by which a node's clock may differ from this computer's before `up` steps it, or refuses the node. */
export function clockLimit({ capabilities }: Pick<Machines, "capabilities">): number {
  return capabilities.managesClock ? STEP_BEYOND : REFUSE_BEYOND;
}

/** What to do about a clock that `up` does not step. */
export function clockAdvice({ capabilities }: Pick<Machines, "capabilities">): string {
  return capabilities.ownKernel
    ? "set the clock on the node, for example: rc-service chronyd restart && chronyc makestep"
    : "set the clock of the computer that Docker runs on; Docker Desktop takes it over when it is restarted";
}
