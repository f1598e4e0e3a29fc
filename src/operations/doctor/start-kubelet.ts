import { runNodeScript } from "../../alpine/node-commands.js";
import { sharedVariables } from "../../alpine/variables.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import { tellLines } from "../../engine/tell-lines.js";

/** Seconds for the API of a master whose kubelet was down. */
const API_WAIT = 60;

/**
 * Starts the kubelet of a node that is set up, as `up` does: by the script of its role, which resets nothing. Throws when
 * the kubelet, or a master's API behind it, does not come up.
 */
export async function startKubelet(context: ClusterContext, { node, host, target }: NodeSession): Promise<void> {
  const { progress, log, signal, fleet } = context;
  const scripts = await context.scripts();
  const script = node.role === "master" ? scripts.master : scripts.minion;
  const variables = {
    ...sharedVariables(fleet.nodeInput({ node, target })),
    AK8S_API_WAIT: String(API_WAIT),
    // What waits for the network is left to `up`, which has kubeadm's configuration for it.
    AK8S_NETWORK_WAIT: "0",
  };
  await tellLines({ progress, log, name: node.name, activity: "starting the kubelet" }, (onLine) =>
    runNodeScript(host, {
      name: node.role === "master" ? "master.sh" : "minion.sh",
      ...{ script, variables, signal, onLine },
    }),
  );
}
