import { networkOf } from "../../../addons/addon.js";
import { planAddons } from "../../../addons/plan.js";
import type { MadeMaster } from "../../../control-plane/make-master.js";
import type { ClusterContext } from "../../../engine/context.js";
import { overall } from "../../../engine/item.js";
import type { Result } from "../../../engine/result.js";
import type { Step } from "../../../engine/step.js";
import { applyAddon, planToApply, type AddonResults } from "../applied-addons.js";

/**
 * Applies the network when it is new or has a changed manifest. Where `master.sh` has just done so, which needs kubectl on
 * the node, it is only recorded.
 */
export function applyNetwork(results: AddonResults & { readonly made: Result<MadeMaster> }): Step<ClusterContext> {
  const { addons, made, record } = results;
  return {
    id: "apply-network",
    title: "Apply the network",
    plan: async (context) => {
      const name = networkOf(planAddons(context.spec))?.ref.name;
      if (name === undefined) return "no network add-on is wanted";
      return planToApply(context, results, [{ name, item: overall("apply", `apply the network ${name}`) }]);
    },
    run: async (context) => {
      const network = networkOf(addons.value);
      if (network !== undefined)
        await applyAddon(context, network, { record, hasApplied: made.value?.hasAppliedNetwork });
    },
  };
}
