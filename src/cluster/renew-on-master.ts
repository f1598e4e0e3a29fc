import { runNodeScript } from "../alpine/node-commands.js";
import { sharedVariables } from "../alpine/variables.js";
import { readCertsScript } from "../templates/cluster-files.js";
import type { ClusterContext } from "./context.js";
import { freshAdminConfig } from "./kube-access.js";
import type { NodeSession } from "./tools.js";

/** Seconds for each component of the control plane, and for the API, to come back. */
const COME_BACK = 300;
const KUBELET_WAIT = 120;
/** Above what `certs.sh` waits for altogether, in milliseconds. */
const TIMEOUT = 40 * 60_000;

/**
 * Renews on a finished master what kubeadm renews and restarts its control plane; then the admin.config of this run is
 * the renewed one. Cut off, it can be run again.
 */
export async function renewOnMaster(context: ClusterContext, session: NodeSession): Promise<void> {
  const { node, host } = session;
  context.progress.node(node.name, "renewing certificates; the API restarts");
  const result = await runNodeScript(host, {
    name: "certs.sh",
    script: await readCertsScript(),
    variables: {
      ...sharedVariables(context.fleet.nodeInput(session)),
      AK8S_API_WAIT: String(COME_BACK),
      AK8S_KUBELET_WAIT: String(KUBELET_WAIT),
    },
    timeout: TIMEOUT,
    signal: context.signal,
    onLine: (line) => context.progress.detail(`${node.name}: ${line}`),
  });
  for (const warning of result.warnings) context.progress.warn(`${node.name}: ${warning}`);
  await freshAdminConfig(context);
  context.progress.node(node.name, "certificates renewed");
}
