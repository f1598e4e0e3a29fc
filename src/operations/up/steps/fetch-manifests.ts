import { networkManifest, otherManifests } from "../../../addons/network-manifest.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";

/** Fetches the manifests of all add-ons, verified and the network's patched, before any machine is made. */
export const fetchManifests: Step<ClusterContext> = {
  title: "Fetch manifests",
  run: async (context) => {
    context.addons = await otherManifests(context, { offline: false });
    const outcome = await networkManifest(context, { offline: false });
    if (!outcome) return;
    context.network = outcome;
    for (const warning of outcome.warnings) warn(context, warning);
  },
};
