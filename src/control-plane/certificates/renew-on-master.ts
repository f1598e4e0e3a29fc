import { runNodeScript } from "../../alpine/node-commands.js";
import { sharedVariables } from "../../alpine/variables.js";
import { forEachNode } from "../../remote/for-each-node.js";
import { readCertsScript } from "../../templates/cluster-files.js";
import { certificatesOf, leastDaysLeft } from "./certificates.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import { apiWait, scriptLimit } from "../../nodes/node-waits.js";
import { tellLines } from "../../engine/tell-lines.js";

/** The API, etcd, the controller manager and the scheduler are waited for one after the other. */
const WAITS = 4;
const KUBELET_WAIT = 120;

/**
 * Renews on a finished master what kubeadm renews, and restarts its controller manager and scheduler; when it returns
 * the whole control plane is ready. The API goes on, unless its certificate had expired. Can be run again when it was
 * cut off. An admin.config that was made from this master's has to be fetched anew.
 */
export async function renewOnMaster(context: ClusterContext, session: NodeSession): Promise<void> {
  const { node, host } = session;
  const script = await readCertsScript();
  const { progress, log, signal } = context;
  const result = await tellLines({ progress, log, name: node.name, activity: "renewing certificates" }, (onLine) =>
    runNodeScript(host, {
      ...{ name: "certs.sh", script, timeout: scriptLimit(context.spec, WAITS), signal, onLine },
      variables: {
        ...sharedVariables(context.fleet.nodeInput(session)),
        AK8S_API_WAIT: String(apiWait(context.spec)),
        AK8S_KUBELET_WAIT: String(KUBELET_WAIT),
      },
    }),
  );
  for (const warning of result.warnings) context.progress.warn(`${node.name}: ${warning}`);
  context.progress.node(node.name, "certificates renewed");
}

/**
 * Renews on one master after the other, so that the API of the others stays up. On all at once when a certificate has
 * expired, or such a renewal was cut off: etcd members with expired certificates refuse each other, and no API comes
 * back before a majority has new ones.
 */
export async function renewOnMasters(
  sessions: readonly NodeSession[],
  renew: (session: NodeSession) => Promise<void>,
): Promise<void> {
  const isExpired = sessions.some(({ node, facts }) => (leastDaysLeft(certificatesOf(node.name, facts)) ?? 0) < 0);
  const pending = sessions.filter(({ facts }) => facts.renewalPending);
  if (!isExpired && pending.length < 2) {
    for (const session of sessions) await renew(session);
    return;
  }
  const byName = new Map(sessions.map((session) => [session.node.name, session]));
  const nodes = sessions.map(({ node }) => node);
  await forEachNode(nodes, "renewing", async ({ name }) => {
    const session = byName.get(name);
    if (session !== undefined) await renew(session);
  });
}
