import { AlpineK8sError, messageOf } from "../../../base/errors.js";
import { certificatesOf, isRenewalDue, leastDaysLeft } from "../../../control-plane/certificates/certificates.js";
import type { ClusterContext } from "../../../engine/context.js";
import { apiMaster, mastersToAsk } from "../../../control-plane/masters.js";
import { freshAdminConfig } from "../../../control-plane/api-config.js";
import { renewOnMaster, renewOnMasters } from "../../../control-plane/certificates/renew-on-master.js";
import { seenMasters } from "../../../control-plane/seen-masters.js";
import { maybe, nodesOf, onNode, type Item } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import type { NodeSession } from "../../../engine/node-session.js";
import { isHidden } from "../../../nodes/seen-nodes.js";
import { warn } from "../../../engine/warn.js";

/**
 * Renews what kubeadm renews while there is time, and completes a renewal that was cut off, on every master. Comes
 * before the control plane is looked at: with expired certificates its API answers nobody.
 */
export const renewCertificates: Step<ClusterContext> = {
  id: "renew-certificates",
  title: "Renew certificates",
  plan: async (context) => {
    const { asked, others } = await seenMasters(context);
    const seen = [asked, ...others];
    const sessions = seen.flatMap((one) => ("session" in one ? [one.session] : []));
    const finished = sessions.filter(({ facts }) => facts.state === "finished");
    const items = [
      ...finished.filter(isRenewalDue).map(renewal),
      ...seen
        .filter(isHidden)
        .map(({ node, unknown }) => maybe(renewal({ node }), `where they end soon, ${unknown.until}`)),
    ];
    if (items.length > 0) return items;
    if (finished.length === 0) return `${apiMaster(context).name} is not set up yet`;
    const days = finished.flatMap((session) => daysLeft(session) ?? []);
    return days.length === 0 ? `${apiMaster(context).name} tells of none` : `${Math.min(...days)} days left`;
  },
  run: async (context, items) => {
    const names = nodesOf(items);
    const nodes = mastersToAsk(context).filter(({ name }) => names.includes(name));
    const due = await Promise.all(nodes.map((node) => context.fleet.prepared(node)));
    const renewed: string[] = [];
    await renewOnMasters(due, async (session) => {
      if (await renew(context, session)) renewed.push(session.node.name);
    });
    if (renewed.includes(apiMaster(context).name)) await freshAdminConfig(context);
  },
};

function renewal({ node: { name } }: Pick<NodeSession, "node">): Item {
  return onNode(name, "renew", `renew the certificates of ${name}`);
}

/** False when the renewal was put off. */
async function renew(context: ClusterContext, session: NodeSession): Promise<boolean> {
  try {
    await renewOnMaster(context, session);
    return true;
  } catch (error) {
    if (!canWait(session, error)) throw error;
    const days = daysLeft(session) ?? 0;
    warn(context, `the certificates have ${days} days left and could not be renewed: ${messageOf(error)}`);
    return false;
  }
}

function daysLeft({ node, facts }: Pick<NodeSession, "node" | "facts">): number | undefined {
  return leastDaysLeft(certificatesOf(node.name, facts));
}

/** A renewal that a node refused before it changed anything does not end the run while the certificates are valid. */
function canWait(session: NodeSession, error: unknown): boolean {
  if (!(error instanceof AlpineK8sError) || error.kind !== "node") return false;
  return !session.facts.renewalPending && (daysLeft(session) ?? -1) >= 0;
}
