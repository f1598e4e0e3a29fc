import { runNodeScript } from "../../../alpine/node-commands.js";
import { minionVariables } from "../../../alpine/variables.js";
import { AlpineK8sError } from "../../../base/errors.js";
import { joinConfig } from "../../../model/kubeadm/documents.js";
import type { PlannedNode } from "../../../model/topology/topology.js";
import { evenMasters } from "../../../model/topology/warnings.js";
import { lookForMaster } from "../../../control-plane/masters.js";
import { joinMaster } from "../../../control-plane/join-master.js";
import { forEachPending, type AddedNode, type AddNodeContext } from "../context.js";
import type { Step } from "../../../engine/step.js";
import type { NodeSession } from "../../../engine/node-session.js";
import { warn } from "../../../engine/warn.js";
import { joiners, needsJoin } from "./check-reach.js";

/**
 * The new nodes join with this run's own token and the CA pinned: masters one at a time, as etcd takes them, then all
 * minions together.
 */
export const joinNew: Step<AddNodeContext> = {
  title: "Join the cluster",
  skip: (context) => Promise.resolve(joiners(context).length === 0 ? "joined already" : undefined),
  run: async (context) => {
    let asked: Promise<NodeSession> | undefined;
    let before: Promise<unknown> = Promise.resolve();
    await forEachPending(context, async (one) => {
      if (!needsJoin(one)) return;
      if (one.node.role === "minion") return join(context, one);
      asked ??= lookForMaster(context, newMasters(context));
      const turn = Promise.all([asked, before]).then(([master]) => joinAsMaster(context, one, master));
      // The next one would meet what this one has left in etcd.
      before = turn.catch(() => {
        throw new AlpineK8sError("node", `not tried, as ${one.node.name} did not join`);
      });
      before.catch(() => undefined);
      await turn;
    });
    const even = asked === undefined ? undefined : evenMasters(context.topology);
    if (even !== undefined) warn(context, even);
  },
};

function newMasters({ added }: AddNodeContext): readonly PlannedNode[] {
  return added.flatMap(({ node, before }) => (node.role === "master" && before !== "ready" ? [node] : []));
}

async function joinAsMaster(context: AddNodeContext, { node, session }: AddedNode, asked: NodeSession): Promise<void> {
  if (session === undefined) throw new AlpineK8sError("bug", `${node.name} was not connected`);
  context.signal.throwIfAborted();
  await joinMaster(context, { session, asked, token: context.token ?? "" });
}

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
