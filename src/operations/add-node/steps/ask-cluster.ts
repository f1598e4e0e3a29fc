import { AlpineK8sError, messageOf } from "../../../base/errors.js";
import { nodesReady } from "../../../kube/conditions.js";
import type { KubeApi } from "../../../kube/kube-api.js";
import { nodePath } from "../../../kube/kube-object.js";
import type { AddNodeContext } from "../context.js";
import type { PlannedNode } from "../../../model/topology/topology.js";
import { kubeOf, usableAdminConfig } from "../../../control-plane/kube-access.js";
import { apiMaster, chooseApiMaster, mastersToAsk } from "../../../control-plane/masters.js";
import { retryWhileApiUnavailable } from "../../../control-plane/retry-while-api-unavailable.js";
import type { Step } from "../../../engine/step.js";

/** Nothing begins unless the API answers; what it knows of the new nodes decides what is left to do. */
export const askCluster: Step<AddNodeContext> = {
  id: "ask-cluster",
  title: "Ask the cluster",
  plan: async (context) => {
    const kube = await kubeWithoutNodes(context);
    const why = await kube.readyz(context.signal);
    if (why !== undefined) {
      throw new AlpineK8sError("unhealthy", `no node can join while the cluster's API is not ready: ${why}`, {
        hints: ["alpine-k8s status", "alpine-k8s up"],
      });
    }
    const isGone = await goneMachines(context);
    for (const one of context.added) {
      const { fqdn, address, name } = one.node;
      const found = await retryWhileApiUnavailable(context, () => kube.find(nodePath(fqdn), context.signal));
      const isReady = found !== undefined && nodesReady([{ fqdn, address }], [found]) === undefined;
      one.before = found === undefined ? "absent" : isReady && !isGone(name) ? "ready" : "not ready";
      if (one.before === "ready") context.progress.info(`${one.node.name} is a member of the cluster and Ready`);
    }
    return [];
  },
  // It only looks, and the plan has.
  run: () => Promise.resolve(),
};

/** A node stays Ready for most of a minute after somebody destroyed its machine. */
async function goneMachines({ identity, machines }: AddNodeContext): Promise<(name: string) => boolean> {
  if (identity.provider === "hosts") return () => false;
  const existing = new Set(await machines.existing());
  return (name) => !existing.has(name);
}

/** The API from here, by the folder's admin.config alone; a master is only looked at when that is not enough. */
async function kubeWithoutNodes(context: AddNodeContext): Promise<KubeApi> {
  const adminConfig = await usableAdminConfig(context);
  let why = `${context.paths.adminConfig} is not there, or not this cluster's`;
  if (adminConfig !== undefined) {
    try {
      return (context.kube = await context.tools.kube({ adminConfig, through: undefined, signal: context.signal }));
    } catch (error) {
      context.signal.throwIfAborted();
      why = messageOf(error);
    }
  }
  // What is only observed counts as prepared, and a master that is added has still to be.
  const isAdded = ({ name }: PlannedNode): boolean => context.added.some(({ node }) => node.name === name);
  const all = mastersToAsk(context);
  const members = all.filter((node) => !isAdded(node));
  const sessions = await context.fleet.observe(members.length === 0 ? all : members);
  context.signal.throwIfAborted();
  chooseApiMaster(context, sessions);
  const first = apiMaster(context);
  const session = sessions.find((one) => one?.node.name === first.name);
  if (session?.facts.state === "finished") return kubeOf(context);
  const state = session === undefined ? "does not answer by ssh" : "is not set up";
  throw new AlpineK8sError(
    "unhealthy",
    `the cluster's API cannot be asked: ${first.name} ${state}, and from here: ${why}`,
    {
      hints: ["alpine-k8s status", "alpine-k8s up"],
    },
  );
}
