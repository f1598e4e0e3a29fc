import { runNodeScript } from "../../../alpine/node-commands.js";
import { minionVariables } from "../../../alpine/variables.js";
import { AlpineK8sError } from "../../../errors.js";
import { joinConfig } from "../../../kubeadm/documents.js";
import { forEachPending, type AddedNode, type AddNodeContext } from "../../add-node-context.js";
import type { Step } from "../../step.js";
import { joiners, needsJoin } from "./check-reach.js";

/** `minion.sh` on the new nodes, all together, with this run's own token and the CA pinned. */
export const joinNew: Step<AddNodeContext> = {
  title: "Join the cluster",
  skip: (context) => Promise.resolve(joiners(context).length === 0 ? "joined already" : undefined),
  run: (context) => forEachPending(context, (one) => (needsJoin(one) ? join(context, one) : Promise.resolve())),
};

async function join(context: AddNodeContext, { node, session }: AddedNode): Promise<void> {
  if (session === undefined) throw new AlpineK8sError("bug", `${node.name} was not connected`);
  const { topology, spec } = context;
  // A node that has joined and whose kubelet is to be brought up needs none.
  const token = context.token ?? "";
  context.progress.node(node.name, session.facts.state === "finished" ? "checking" : "kubeadm join");
  await runNodeScript(session.host, {
    name: "minion.sh",
    script: (await context.scripts()).minion,
    variables: minionVariables({
      ...context.fleet.nodeInput(session),
      kubeadmConfig: joinConfig({ topology, node, spec }),
      token,
    }),
    secrets: token === "" ? [] : [token],
    timeout: 15 * 60_000,
    signal: context.signal,
    onLine: (line) => context.progress.detail(`${node.name}: ${line}`),
  });
  context.progress.node(node.name, "joined");
}
