import type { Addon } from "../../addons/addon.js";
import type { PlannedAddon } from "../../addons/plan.js";
import type { OwnResult } from "../../engine/result.js";
import type { RunInput } from "../../engine/run-input.js";
import type { AppliedSums } from "../up/applied-addons.js";
import type { Drift } from "./drift.js";
import type { RemovalPlan } from "./removal.js";
import type { SpecEdit } from "./steps/write-spec.js";

/** What `enable` and `upgrade` share of what they are asked for. */
export interface ChangeInput extends RunInput {
  readonly name: string;
  /** Takes fields that others own. */
  readonly forceConflicts: boolean;
  /** Milliseconds to become ready; nothing: that is not waited for. */
  readonly timeout: number | undefined;
}

/** What the steps of a change share. */
export interface Change {
  readonly planned: PlannedAddon;
  /** The words after `alpine-k8s` that do it again. */
  readonly command: string;
  readonly input: ChangeInput;
  readonly edit: SpecEdit;
  readonly addon: OwnResult<Addon>;
  readonly record: OwnResult<AppliedSums>;
  readonly removed: OwnResult<RemovalPlan>;
  /** What others have done to its objects, where it was applied before. */
  readonly drift: OwnResult<Drift>;
}
