import { AlpineK8sError, messageOf } from "../../errors.js";
import { certificatesOf, leastDaysLeft, RENEW_BELOW_DAYS } from "../certificates.js";
import type { ClusterContext } from "../context.js";
import { masters } from "../nodes.js";
import { renewOnMaster } from "../renew-on-master.js";
import type { Step } from "../step.js";
import type { NodeSession } from "../tools.js";
import { warn } from "../warn.js";

/**
 * Renews what kubeadm renews while there is time, and repairs a renewal that was cut off. Before the control plane is
 * looked at: with expired certificates its API answers nobody.
 */
export const renewCertificates: Step<ClusterContext> = {
  title: "Renew certificates",
  skip: async (context) => {
    const { node, facts } = await context.fleet.prepared(masters(context.topology).first);
    if (facts.state !== "finished") return `${node.name} is not set up yet`;
    if (facts.renewalPending) return undefined;
    const days = daysLeft({ node, facts });
    if (days === undefined) return `${node.name} tells of none`;
    return days < RENEW_BELOW_DAYS ? undefined : `${days} days left`;
  },
  run: async (context) => {
    const session = await context.fleet.prepared(masters(context.topology).first);
    try {
      await renewOnMaster(context, session);
    } catch (error) {
      if (!canWait(session, error)) throw error;
      const days = daysLeft(session) ?? 0;
      warn(context, `the certificates have ${days} days left and could not be renewed: ${messageOf(error)}`);
    }
  },
};

function daysLeft({ node, facts }: Pick<NodeSession, "node" | "facts">): number | undefined {
  return leastDaysLeft(certificatesOf(node.name, facts));
}

/** A node that refused before it changed anything stops no run as long as its certificates are good. */
function canWait(session: NodeSession, error: unknown): boolean {
  if (!(error instanceof AlpineK8sError) || error.kind !== "node") return false;
  return !session.facts.renewalPending && (daysLeft(session) ?? -1) >= 0;
}
