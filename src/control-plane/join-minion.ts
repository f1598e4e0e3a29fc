import { KUBEADM_LIMIT, runNodeScript } from "../alpine/node-commands.js";
import { minionVariables } from "../alpine/variables.js";
import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";
import { joinConfig } from "../model/kubeadm/documents.js";

/**
 * Runs `minion.sh` on a minion: it joins with the token; one that has joined needs no token, its kubelet is brought up.
 */
export async function joinMinion(context: ClusterContext, session: NodeSession, token: string): Promise<void> {
  const { node, facts, host } = session;
  context.progress.node(node.name, facts.state === "finished" ? "checking" : "kubeadm join");
  await runNodeScript(host, {
    name: "minion.sh",
    script: (await context.scripts()).minion,
    variables: minionVariables({
      ...context.fleet.nodeInput(session),
      kubeadmConfig: joinConfig({ topology: context.topology, node, spec: context.spec }),
      token,
    }),
    secrets: token === "" ? [] : [token],
    timeout: KUBEADM_LIMIT,
    signal: context.signal,
    onLine: (line) => context.progress.detail(`${node.name}: ${line}`),
  });
  context.progress.node(node.name, facts.state === "finished" ? "kubelet runs" : "joined");
}
