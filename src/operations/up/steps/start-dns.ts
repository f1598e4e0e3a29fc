import { networkOf, type Addon } from "../../../addons/addon.js";
import { plannedAddons } from "../../../addons/plan.js";
import { runMasterScript, type MadeMaster } from "../../../control-plane/make-master.js";
import { apiMaster } from "../../../control-plane/masters.js";
import { seenMasters } from "../../../control-plane/seen-masters.js";
import type { ClusterContext } from "../../../engine/context.js";
import { maybe, nodesOf, onNode, type Item } from "../../../engine/item.js";
import type { Result } from "../../../engine/result.js";
import type { Step } from "../../../engine/step.js";
import { NETWORK_WAIT } from "../../../nodes/node-waits.js";
import { isHidden } from "../../../nodes/seen-nodes.js";

/**
 * Brings CoreDNS and the network's own pods once the network is ready, while nodes join: `master.sh` has left them, because
 * pods that come earlier fail first and are tried again much later.
 */
export function startDns(addons: Result<readonly Addon[]>, made: Result<MadeMaster>): Step<ClusterContext> {
  return {
    id: "start-dns",
    title: "Start CoreDNS",
    after: ["apply-network"],
    plan: async (context) => {
      if (made.value?.isRestLeft === true) return [start(apiMaster(context).name)];
      if (made.value?.isRestLeft === false) return "kubeadm has started it";
      if (!networkOf(await plannedAddons(context))) return "kubeadm starts it";
      const { asked, others, areAllNew } = await seenMasters(context);
      if (areAllNew) return [maybe(start(asked.node.name), "where kubeadm leaves that until the network is ready")];
      const items = [asked, ...others].flatMap((one): Item[] => {
        if (isHidden(one)) return [maybe(start(one.node.name), `where that was cut off, ${one.unknown.until}`)];
        return "session" in one && one.session.facts.networkRestPending ? [start(one.node.name)] : [];
      });
      return items.length === 0 ? "started already" : items;
    },
    run: async (context, items) => {
      const network = networkOf(addons.value);
      const names = nodesOf(items);
      for (const node of context.topology.nodes.filter(({ name }) => names.includes(name))) {
        const session = await context.fleet.prepared(node);
        await runMasterScript(context, session, { activity: "starting CoreDNS", networkWait: NETWORK_WAIT, network });
        context.progress.node(node.name, "control plane runs");
      }
    },
  };
}

function start(name: string): Item {
  return onNode(name, "start", `start CoreDNS from ${name} once the network is ready`);
}
