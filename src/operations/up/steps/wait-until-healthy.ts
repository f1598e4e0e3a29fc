import type { KubeApi } from "../../../kube/kube-api.js";
import { until } from "../../../base/wait.js";
import type { ClusterContext } from "../../../engine/context.js";
import { lookAtConditions } from "../../../control-plane/health.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import type { Step } from "../../../engine/step.js";
import type { NodeBoot } from "../../../kube/since-boot.js";
import { isLeftBehind } from "../../../nodes/left-behind.js";
import { preparedSessions } from "../../../nodes/nodes.js";
import { recentBoots } from "../../../control-plane/recent-boots.js";

const SECOND = 1000;

/**
 * How long the whole cluster may take to become healthy once every node has joined, in milliseconds: each node still has
 * to pull the images of the network, some 200 MB, and all may share a slow line.
 */
const PATIENCE = 1200 * SECOND;

/** Waits for every named condition; the first one that stays unmet is named with the reason. */
export const waitUntilHealthy: Step<ClusterContext> = {
  id: "wait-until-healthy",
  title: "Wait until the cluster is healthy",
  plan: async (context) =>
    // Without a network add-on nodes stay NotReady until the user brings one: nothing to wait for.
    Promise.resolve(context.network === undefined ? "the network is yours to bring (spec.network: none)" : []),
  run: async (context) => {
    const kube = await connectApi(context, "prepared");
    const { clock } = context.tools;
    const sessions = await preparedSessions(context);
    const started = clock.now();
    await until({
      what: "the cluster's conditions",
      every: SECOND / 4,
      atMost: PATIENCE,
      signal: context.signal,
      clock,
      hints: ["alpine-k8s status", "alpine-k8s up"],
      check: () => firstUnmet(context, kube, recentBoots(sessions, clock.now() - started)),
      onReason: (reason) => context.progress.detail(reason),
    });
  },
};

async function firstUnmet(
  context: ClusterContext,
  kube: KubeApi,
  boots: readonly NodeBoot[],
): Promise<string | undefined> {
  const { topology, leftBehind } = context;
  const nodes = topology.nodes.filter(({ name }) => !isLeftBehind(context, name));
  const states = await lookAtConditions({ ...context, topology: { ...topology, nodes } }, kube, boots);
  // A workload that wants a pod on every node, or had one on a node that is gone, cannot become available.
  const unmet = states.find(({ id, met }) => !met && (leftBehind.length === 0 || id === "nodes-ready"));
  return unmet && `${unmet.id}: ${unmet.reason}`;
}
