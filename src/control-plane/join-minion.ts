import { runNodeScript } from "../alpine/node-commands.js";
import { minionVariables } from "../alpine/variables.js";
import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";
import { tellLines } from "../engine/tell-lines.js";
import { apiWait, scriptLimit } from "../nodes/node-waits.js";
import { joinConfig } from "../model/kubeadm/documents.js";

/**
 * Runs `minion.sh` on a minion: it joins with the token, and its kubelet shows the certificate in `pem`; one that has joined
 * needs neither, its kubelet is brought up.
 */
export async function joinMinion(
  context: ClusterContext,
  session: NodeSession,
  { token, pem }: { readonly token: string; readonly pem: string },
): Promise<void> {
  const { node, facts, host } = session;
  const script = (await context.scripts()).minion;
  const variables = minionVariables({
    ...context.fleet.nodeInput(session),
    servingPem: pem,
    kubeadmConfig: joinConfig({ topology: context.topology, node, spec: context.spec }),
    token,
    apiWait: apiWait(context.spec),
  });
  const { progress, log, signal } = context;
  const activity = facts.state === "finished" ? "checking" : "kubeadm join";
  await tellLines({ progress, log, name: node.name, activity }, (onLine) =>
    runNodeScript(host, {
      ...{ name: "minion.sh", script, variables, timeout: scriptLimit(context.spec), signal, onLine },
      secrets: [token, pem].filter((secret) => secret !== ""),
    }),
  );
  progress.node(node.name, facts.state === "finished" ? "kubelet runs" : "joined");
}
