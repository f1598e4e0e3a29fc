import { connectApi } from "../../../control-plane/connect-api.js";
import type { ClusterContext } from "../../../engine/context.js";
import { maybe, overall } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import { KubeError } from "../../../kube/kube-error.js";
import { applyAddon, sumsOf } from "../../up/applied-addons.js";
import { lookForDrift, putBack, putBackItems } from "../../up/put-back.js";
import type { Change } from "../change-context.js";
import { conflictError } from "../conflicts.js";

/**
 * Applies the add-on when it is new or has another manifest, and deletes what only the older one had. Of one that is
 * applied, puts back what is gone, and what others have changed where their fields are to be taken.
 */
export function applyAddOn({ addon, record, removed, drift, planned, input, command }: Change): Step<ClusterContext> {
  const item = overall("apply", `apply ${planned.ref.name}`);
  return {
    id: "apply-add-on",
    title: "Apply the add-on",
    plan: async (context) => {
      await connectApi(context, "required");
      const sums = await sumsOf(context, record);
      if (addon.value === undefined) return [maybe(item, "where the manifest that is downloaded is another one")];
      const { name, sha256 } = addon.value;
      if (sums[name] !== sha256) return [item];
      const found = (await lookForDrift(context, [addon.value])).get(name);
      if (found !== undefined) drift.give(input.forceConflicts ? found : { ...found, changed: [] });
      const items = putBackItems(name, drift.value);
      return items.length === 0 ? "applied already" : items;
    },
    run: async (context, items) => {
      if (addon.value === undefined || (await putBack(context, addon.value, { items, drift: drift.value }))) return;
      try {
        removed.give(await applyAddon(context, addon.value, { record, how: { force: input.forceConflicts } }));
      } catch (error) {
        if (!(error instanceof KubeError) || error.conflicts.length === 0) throw error;
        // Somebody was quicker than the look before.
        throw conflictError(command, [{ object: error.message, conflicts: error.conflicts }]);
      }
    },
  };
}
