import { NETWORK_ADDONS } from "../spec/addon-names.js";
import type { ClusterSpec } from "../spec/cluster-spec.js";

/**
 * The add-on that is a spec's pod network, or `none`; undefined where only a catalogue of the spec's own would show it. As
 * add-ons are planned, it is the one with a network's name, else the first with a manifest of the user's own.
 */
export function podNetworkIn({ network, addons, catalogues }: ClusterSpec): string | undefined {
  if (network === "none") return "none";
  const named = addons.find(({ name }) => NETWORK_ADDONS.includes(name));
  if (named !== undefined || catalogues.length > 0) return named?.name;
  return addons.find(({ manifest }) => manifest !== undefined)?.name;
}
