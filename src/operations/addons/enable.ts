import type { Plan } from "../../engine/item.js";
import type { ChangeInput } from "./change-context.js";
import { changeAddon, planChange, type AddonChanged } from "./change.js";
import { enabledRef, type EnableWish } from "./wish.js";

export interface EnableInput extends ChangeInput {
  readonly wish: EnableWish;
}

const VERB = "addons enable";

/**
 * Enables an add-on: in the spec, in the cluster, and waits until it works. Can be run again after any interruption.
 * Throws `usage`, with nothing written, for what cannot be enabled.
 */
export function enableAddon(input: EnableInput): Promise<AddonChanged> {
  return changeAddon(input, VERB, (context) => enabledRef(context, input.wish));
}

/** What {@link enableAddon} would do now. */
export function planEnable(input: EnableInput): Promise<Plan> {
  return planChange(input, VERB, (context) => enabledRef(context, input.wish));
}
