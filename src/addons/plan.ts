import { isAddressAddon } from "../model/spec/addons/shared-address.js";
import type { AddonRef, ClusterSpec } from "../model/spec/cluster-spec.js";
import type { Catalogue } from "./catalogue/catalogue.js";

/** An add-on of the spec, before its manifest is read. */
export interface PlannedAddon {
  readonly ref: AddonRef;
  /** The pod network: applied as soon as the API answers; without it no node becomes Ready. */
  readonly isNetwork: boolean;
}

/**
 * A spec's add-ons in the order in which the API gets them: the network, unless it says `network: none`, then the rest as
 * the spec has them, for when the nodes have joined. The network is the entry with the name of a network add-on, whatever
 * its manifest; else the first entry with a manifest of the user's own, because the spec's check accepts that as a network.
 * The one that gives the masters one address is none of them: kubelets get it.
 */
export function planAddons(
  { network: wanted, addons }: Pick<ClusterSpec, "network" | "addons">,
  { networks }: Pick<Catalogue, "networks">,
): readonly PlannedAddon[] {
  const named = addons.find(({ name }) => networks.includes(name));
  const network = wanted === "none" ? undefined : (named ?? addons.find(({ manifest }) => manifest !== undefined));
  const others = addons.filter((addon) => addon !== network && !isAddressAddon(addon));
  return [
    ...(network === undefined ? [] : [{ ref: network, isNetwork: true }]),
    ...others.map((ref) => ({ ref, isNetwork: false })),
  ];
}

/** A cluster's spec with its catalogue, which is read when it is first asked for. */
export interface Planning {
  readonly spec: Pick<ClusterSpec, "network" | "addons">;
  readonly catalogue: () => Promise<Catalogue>;
}

/** What {@link planAddons} makes of a cluster's spec. Throws what reading its catalogues throws. */
export async function plannedAddons({ spec, catalogue }: Planning): Promise<readonly PlannedAddon[]> {
  return planAddons(spec, await catalogue());
}
