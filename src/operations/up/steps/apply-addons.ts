import { plannedAddons } from "../../../addons/plan.js";
import type { ClusterContext } from "../../../engine/context.js";
import { fileAction, overall } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import { applyAddon, planToApply, type AddonResults } from "../applied-addons.js";

/** Applies the add-ons besides the network that are new or have changed manifests; a later step waits for them. */
export function applyAddons({ addons, record }: AddonResults): Step<ClusterContext> {
  return {
    id: "apply-add-ons",
    title: "Apply add-ons",
    plan: async (context) => {
      const names = (await plannedAddons(context)).flatMap(({ ref, isNetwork }) => (isNetwork ? [] : [ref.name]));
      if (names.length === 0) return "none besides the network";
      const wanted = names.map((name) => ({ name, item: overall(fileAction(name), `apply ${name}`) }));
      return planToApply(context, { addons, record }, wanted);
    },
    run: async (context, items) => {
      for (const addon of addons.value ?? []) {
        if (addon.isNetwork || !items.some(({ action }) => action === fileAction(addon.name))) continue;
        await applyAddon(context, addon, { record });
      }
    },
  };
}
