import type { Plan } from "../../engine/item.js";
import type { ChangeInput } from "./change-context.js";
import { changeAddon, planChange, type AddonChanged } from "./change.js";
import { upgradedRef } from "./wish.js";

export interface UpgradeInput extends ChangeInput {
  /** The release; nothing: the newest for the cluster's Kubernetes. */
  readonly to: string | undefined;
}

const VERB = "addons upgrade";

/** Brings an add-on to another release, and deletes what that does not have any more. Can be run again at any time. */
export function upgradeAddon(input: UpgradeInput): Promise<AddonChanged> {
  return changeAddon(input, VERB, (context) => upgradedRef(context, input.name, input.to));
}

/** What {@link upgradeAddon} would do now. */
export function planUpgrade(input: UpgradeInput): Promise<Plan> {
  return planChange(input, VERB, (context) => upgradedRef(context, input.name, input.to));
}
