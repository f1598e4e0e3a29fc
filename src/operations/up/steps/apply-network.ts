import { networkOf } from "../../../addons/addon.js";
import { plannedAddons } from "../../../addons/plan.js";
import { AlpineK8sError } from "../../../base/errors.js";
import type { MadeMaster } from "../../../control-plane/make-master.js";
import type { ClusterContext } from "../../../engine/context.js";
import { overall } from "../../../engine/item.js";
import type { Result } from "../../../engine/result.js";
import type { Step } from "../../../engine/step.js";
import { applyAddon, planToApply, sumsIfAny, type AddonResults, type AppliedSums } from "../applied-addons.js";

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
      const name = networkOf(await plannedAddons(context))?.ref.name;
      if (name === undefined) return "no network add-on is wanted";
      refuseOtherNetwork(await sumsIfAny(context, record), name, (await context.catalogue()).networks);
      return planToApply(context, results, [{ name, item: overall("apply", `apply the network ${name}`) }]);
    },
    run: async (context) => {
      const network = networkOf(addons.value);
      if (network !== undefined)
        await applyAddon(context, network, { record, hasApplied: made.value?.hasAppliedNetwork });
    },
  };
}

/**
 * Pods keep the interfaces that the old network has given them, nodes its rules and routes, and two networks at once serve
 * nobody: one that lives is not replaced. Throws `conflict`.
 */
function refuseOtherNetwork(sums: AppliedSums | string, name: string, networks: readonly string[]): void {
  const other = typeof sums === "string" ? undefined : networks.find((one) => one !== name && one in sums);
  if (other === undefined) return;
  throw new AlpineK8sError(
    "conflict",
    `the cluster's network is ${other}, and the spec has ${name}; it was left alone`,
    {
      hints: [
        `put ${other} back into spec.addons, in the place of ${name}`,
        "another network needs a new cluster: alpine-k8s destroy, then alpine-k8s up",
      ],
    },
  );
}
