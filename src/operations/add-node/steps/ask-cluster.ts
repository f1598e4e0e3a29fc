import { AlpineK8sError } from "../../../base/errors.js";
import { nodesReady } from "../../../kube/conditions.js";
import { nodePath } from "../../../kube/kube-object.js";
import type { AddNodeContext } from "../context.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import { retryWhileApiUnavailable } from "../../../control-plane/retry-while-api-unavailable.js";
import type { Step } from "../../../engine/step.js";

/** Nothing begins unless the API answers; what it knows of the new nodes decides what is left to do. */
export const askCluster: Step<AddNodeContext> = {
  id: "ask-cluster",
  title: "Ask the cluster",
  plan: async (context) => {
    const kube = await connectApi(context, { except: context.added.map(({ node }) => node) });
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
      one.before.give(found === undefined ? "absent" : isReady && !isGone(name) ? "ready" : "not ready");
      if (one.before.value === "ready") context.progress.info(`${one.node.name} is a member of the cluster and Ready`);
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
