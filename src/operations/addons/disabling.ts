import type { Inventory } from "../../addons/inventory/inventory.js";
import type { ClusterContext } from "../../engine/context.js";
import type { OwnResult } from "../../engine/result.js";
import type { AppliedSums } from "../up/applied-addons.js";
import type { RemovalPlan, Staying } from "./removal.js";
import type { SpecEdit } from "./steps/write-spec.js";

/** What the steps of `addons disable` share. */
export interface Disabling {
  readonly name: string;
  readonly withData: boolean;
  readonly timeout: number;
  /** The spec, or the cluster, has anything of it. */
  readonly isThere: boolean;
  readonly edit: SpecEdit;
  readonly inventory: Inventory | undefined;
  readonly record: OwnResult<AppliedSums>;
  readonly looked: OwnResult<RemovalPlan>;
  /** Of the address of all masters: runs something on the cluster as its spec is without that. */
  readonly withoutAddress?: (body: (context: ClusterContext) => Promise<void>) => Promise<void>;
  /** Namespaces that turned out not to be empty. */
  readonly staying: OwnResult<readonly Staying[]>;
}
