import { networkOf, type Addon } from "../../../addons/addon.js";
import { AlpineK8sError } from "../../../base/errors.js";
import { until } from "../../../base/wait.js";
import type { ClusterContext } from "../../../engine/context.js";
import { tellWait } from "../../../engine/tell-wait.js";
import { warn } from "../../../engine/warn.js";
import { ADDONS_AVAILABLE, checkConditions, type CheckedConditions } from "../../../control-plane/health.js";
import { noteClusterTimes } from "../note-cluster-times.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import { lostClusterWatch } from "../../../control-plane/lost-cluster.js";
import type { Result } from "../../../engine/result.js";
import type { Step } from "../../../engine/step.js";
import { isLeftBehind } from "../../../nodes/left-behind.js";
import { preparedSessions } from "../../../nodes/nodes.js";
import { askNames } from "../../../nodes/names-reached.js";
import { recentBoots } from "../../../nodes/recent-boots.js";

const SECOND = 1000;

/**
 * How long the whole cluster may take to become healthy once every node has joined, in milliseconds: each node still has
 * to pull the images of the network, some 200 MB, and all may share a slow line.
 */
const PATIENCE = 1200 * SECOND;

/**
 * How long nodes may be short of a resource, in milliseconds. A kubelet deletes what it can, and reports the shortage for
 * five minutes after its end (`evictionPressureTransitionPeriod`).
 */
const PRESSURE_PATIENCE = 360 * SECOND;

/** What a run waits for at its end: the cluster itself, or its add-ons, too. */
export type WaitFor = "cluster" | "addons";

/**
 * Waits for every named condition and tells what it waits for; for add-ons besides the network only when that is asked for,
 * otherwise the run's warnings say what they still need. Ends early when it cannot come any more: API and masters are gone,
 * or nodes stay without room. The first condition that stays unmet is named with the reason.
 */
export function waitUntilHealthy(addons: Result<readonly Addon[]>, waitFor: WaitFor): Step<ClusterContext> {
  return {
    id: "wait-until-healthy",
    title: "Wait until the cluster is healthy",
    plan: () =>
      // Without a network add-on nodes stay NotReady until the user brings one: nothing to wait for.
      Promise.resolve(
        networkOf(addons.value) === undefined ? "the network is yours to bring (spec.network: none)" : [],
      ),
    run: async (context) => {
      const kube = await connectApi(context, "prepared");
      const { clock } = context.tools;
      const sessions = await preparedSessions(context);
      const started = clock.now();
      const namesUnreached = askNames(context, sessions);
      const nodes = context.topology.nodes.filter(({ name }) => !isLeftBehind(context, name));
      const looking = { ...context, topology: { ...context.topology, nodes }, addons: addons.value ?? [] };
      const reasonOf = lostClusterWatch(context);
      const demandRoom = roomWatch(context);
      let seen: CheckedConditions | undefined;
      await until({
        what: "the cluster's conditions",
        // Each look asks for the pods of what is missing, their events and logs, too.
        every: SECOND,
        atMost: PATIENCE,
        signal: context.signal,
        clock,
        hints: ["alpine-k8s status", "alpine-k8s up"],
        check: async () => {
          const boots = recentBoots(sessions, clock.now() - started);
          const checked = await checkConditions(looking, kube, { boots, namesUnreached }).catch(
            async (error: unknown) => {
              context.signal.throwIfAborted();
              return `the API did not answer: ${await reasonOf(error)}`;
            },
          );
          if (typeof checked === "string") return checked;
          const unmet = firstUnmet(context, checked, waitFor);
          demandRoom(checked.pressure, unmet);
          seen = checked;
          return unmet;
        },
        onReason: (reason) => tellWait(context, reason),
      });
      const pending = seen?.states.find(({ id, met }) => id === ADDONS_AVAILABLE && !met);
      if (pending) {
        warn(context, `add-ons are not ready yet: ${pending.reason}; to wait for them: alpine-k8s up --wait addons`);
      }
      await noteClusterTimes(context, kube, seen?.nodes ?? []);
    },
  };
}

function firstUnmet(
  { report }: ClusterContext,
  { states, pressure }: CheckedConditions,
  waitFor: WaitFor,
): string | undefined {
  const unmet = states.find(({ id, met }) => {
    if (met || (waitFor === "cluster" && id === ADDONS_AVAILABLE)) return false;
    // A workload that wants a pod on every node, or had one on a node that is gone, cannot become available.
    return report.leftBehind.length === 0 || id === "nodes-ready";
  });
  if (unmet === undefined) return undefined;
  // It may be the cause of anything else.
  const cause = pressure === undefined || unmet.reason === pressure ? "" : `${pressure}; `;
  return `${cause}${unmet.id}: ${unmet.reason}`;
}

/**
 * Makes a function that is told of each look, and throws `unhealthy` when nodes stay without room: to make some, the kubelet
 * may have deleted images that the rest waits for.
 */
function roomWatch({ tools: { clock } }: ClusterContext): (pressure?: string, unmet?: string) => void {
  let since: number | undefined;
  return (pressure, unmet) => {
    if (pressure === undefined) {
      since = undefined;
      return;
    }
    since ??= clock.now();
    if (clock.now() - since < PRESSURE_PATIENCE) return;
    throw new AlpineK8sError(
      "unhealthy",
      `nodes have been short of room for ${PRESSURE_PATIENCE / SECOND} s: ${unmet ?? pressure}`,
      { hints: ["alpine-k8s doctor", "make room on the node (for DiskPressure below /var/lib), then: alpine-k8s up"] },
    );
  };
}
