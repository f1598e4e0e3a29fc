import { NETWORK_ADDONS } from "../model/spec/addon-names.js";
import type { AddonRef, ClusterSpec } from "../model/spec/cluster-spec.js";

/** A spec's add-ons in the order in which they are applied. */
export interface AddonPlan {
  /**
   * The pod network: applied as soon as the API answers; without it no node becomes Ready. Nothing with `network:
   * none`.
   */
  readonly network: AddonRef | undefined;
  /** The rest, applied when the nodes have joined, in the spec's order. */
  readonly others: readonly AddonRef[];
}

/**
 * Finds the network add-on: the entry with the name of a network add-on, whatever its manifest; else the first entry
 * with a manifest of the user's own, because the spec's check accepts that as a network.
 */
export function planAddons(spec: Pick<ClusterSpec, "network" | "addons">): AddonPlan {
  const { addons } = spec;
  if (spec.network === "none") return { network: undefined, others: addons };
  const network =
    addons.find((addon) => NETWORK_ADDONS.includes(addon.name)) ?? addons.find((addon) => addon.manifest !== undefined);
  return { network, others: addons.filter((addon) => addon !== network) };
}
