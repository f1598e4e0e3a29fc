import type { NodeBoot } from "../kube/started/since-boot.js";
import type { NodeSession } from "../engine/node-session.js";

/**
 * Milliseconds for which a node's boot matters. A kubelet reports seconds after it starts, and the control plane
 * notices within a minute that one does not. The limit also bounds the delay when a clock was stepped after the boot.
 */
const RECENT = 5 * 60_000;

/**
 * Boots that are so recent that the API may still have the nodes' state from before; `ago`: milliseconds since the
 * nodes were looked at.
 */
export function recentBoots(sessions: readonly (NodeSession | undefined)[], ago = 0): readonly NodeBoot[] {
  return sessions.flatMap((session) => {
    if (session === undefined) return [];
    const { clock, sinceBoot } = session.facts;
    if (clock === undefined || sinceBoot === undefined) return [];
    if (sinceBoot * 1000 + ago >= RECENT) return [];
    return [{ fqdn: session.node.fqdn, at: (clock - sinceBoot) * 1000 }];
  });
}
