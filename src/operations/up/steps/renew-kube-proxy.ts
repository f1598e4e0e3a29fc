import type { ClusterContext } from "../../../engine/context.js";
import { restartKubeProxy, withNewEndpoint } from "../../../control-plane/kube-proxy.js";
import { preparedSessions } from "../../../nodes/nodes.js";
import type { Step } from "../../../engine/step.js";
import type { NodeSession } from "../../../engine/node-session.js";

/**
 * Pods on the host network copy the hosts file when they start: where this run has changed the endpoint's entry on a
 * node that was set up before, its kube-proxy is restarted.
 */
export const renewKubeProxy: Step<ClusterContext> = {
  title: "Renew kube-proxy",
  skip: async (context) => ((await moved(context)).length === 0 ? "no node got another endpoint" : undefined),
  run: async (context) => {
    for (const session of await moved(context)) await restartKubeProxy(context, session);
  },
};

async function moved(context: ClusterContext): Promise<readonly NodeSession[]> {
  return withNewEndpoint(await preparedSessions(context));
}
