import { AlpineK8sError, messageOf } from "../../../base/errors.js";
import { certificatesOf, leastDaysLeft, RENEW_BELOW_DAYS } from "../../../control-plane/certificates.js";
import type { ClusterContext } from "../../../engine/context.js";
import { apiMaster, mastersToAsk } from "../../../control-plane/masters.js";
import { freshAdminConfig } from "../../../control-plane/kube-access.js";
import { renewOnMaster, renewOnMasters } from "../../../control-plane/renew-on-master.js";
import type { Step } from "../../../engine/step.js";
import type { NodeSession } from "../../../engine/node-session.js";
import { warn } from "../../../engine/warn.js";

/**
 * Renews what kubeadm renews while there is time, and completes a renewal that was cut off, on every master. Comes
 * before the control plane is looked at: with expired certificates its API answers nobody.
 */
export const renewCertificates: Step<ClusterContext> = {
  title: "Renew certificates",
  skip: async (context) => {
    const finished = await finishedMasters(context);
    if (finished.length === 0) return `${apiMaster(context).name} is not set up yet`;
    if (finished.some(isDue)) return undefined;
    const days = finished.flatMap((session) => daysLeft(session) ?? []);
    return days.length === 0 ? `${apiMaster(context).name} tells of none` : `${Math.min(...days)} days left`;
  },
  run: async (context) => {
    const renewed: string[] = [];
    const due = (await finishedMasters(context)).filter(isDue);
    await renewOnMasters(due, async (session) => {
      if (await renew(context, session)) renewed.push(session.node.name);
    });
    if (renewed.includes(apiMaster(context).name)) await freshAdminConfig(context);
  },
};

/** The master that is asked has to be fit; any other that is not fails when it has to join. */
async function finishedMasters(context: ClusterContext): Promise<readonly NodeSession[]> {
  const [asked, ...others] = mastersToAsk(context).map((node) => context.fleet.prepared(node));
  const outcomes = await Promise.allSettled(others);
  const sessions = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  return [...(asked === undefined ? [] : [await asked]), ...sessions].filter(({ facts }) => facts.state === "finished");
}

function isDue(session: NodeSession): boolean {
  const days = daysLeft(session);
  return session.facts.renewalPending || (days !== undefined && days < RENEW_BELOW_DAYS);
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
