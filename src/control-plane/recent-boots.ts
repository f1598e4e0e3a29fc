import type { NodeBoot } from "../kube/since-boot.js";
import type { NodeSession } from "../engine/node-session.js";

/**
 * Milliseconds for which a node's boot is looked at. A kubelet tells anew seconds after it starts, and of one that does
 * not the cluster itself knows after a minute; so a clock that was stepped after the boot delays no longer than this.
 */
const RECENT = 5 * 60_000;

/** The boots of nodes, looked at so many milliseconds ago, that are so recent that the API may still tell what was before. */
export function recentBoots(sessions: readonly (NodeSession | undefined)[], ago = 0): readonly NodeBoot[] {
  return sessions.flatMap((session) => {
    if (session === undefined) return [];
    const { clock, sinceBoot } = session.facts;
    if (clock === undefined || sinceBoot === undefined) return [];
    if (sinceBoot * 1000 + ago >= RECENT) return [];
    return [{ fqdn: session.node.fqdn, at: (clock - sinceBoot) * 1000 }];
  });
}
