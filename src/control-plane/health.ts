import type { Addon } from "../addons/addon.js";
import { workloadsIn } from "../addons/workloads.js";
import { messageOf } from "../base/errors.js";
import {
  clusterConditions,
  COREDNS,
  nodesUnderPressure,
  workloadsAvailable,
  type ObservedCluster,
  type WorkloadRef,
} from "../kube/conditions.js";
import type { KubeApi, KubeObject } from "../kube/kube-api.js";
import { observeCluster } from "../kube/observe.js";
import { onlyRemembered, type NodeBoot } from "../kube/started/since-boot.js";
import { staleEndpoints } from "../kube/started/stale-endpoints.js";
import { whyUnavailable } from "../kube/stuck-pods.js";
import type { ClusterContext } from "../engine/context.js";
import { SYSTEM_PODS } from "../kube/kube-object.js";

/** The state of one named condition of the cluster. */
export interface ConditionState {
  readonly id: string;
  readonly met: boolean;
  /** Why not; empty when met. */
  readonly reason: string;
}

/** An add-on whose workloads have to be available. */
export type AppliedAddon = Pick<Addon, "name" | "isNetwork" | "text">;

/** The one condition that a healthy cluster may lack: add-ons besides the network delay no run that does not ask for them. */
export const ADDONS_AVAILABLE = "addons-available";

function addonsAvailable(wanted: readonly WorkloadRef[]): {
  readonly id: string;
  readonly check: (observed: ObservedCluster) => string | undefined;
} {
  return { id: ADDONS_AVAILABLE, check: ({ workloads }) => workloadsAvailable(wanted, workloads) };
}

interface Looking extends Pick<ClusterContext, "topology" | "signal"> {
  readonly addons: readonly AppliedAddon[];
}

/** Nodes that have just started, of which the API may only remember how they were. */
interface Started {
  readonly boots: readonly NodeBoot[];
  /** Asks for a name on these nodes; undefined when it is answered. */
  readonly namesUnreached?: (boots: readonly NodeBoot[]) => Promise<string | undefined>;
}

const NONE: Started = { boots: [] };

/**
 * Checks every named condition as {@link checkConditions} does. `kube` is the API, or why it cannot be asked: then that
 * is the reason for every condition, and so is an error of the API. Throws only on abort.
 */
export async function lookAtConditions(
  context: Looking,
  kube: KubeApi | string,
  started = NONE,
): Promise<readonly ConditionState[]> {
  if (typeof kube === "string") return unmetBecause(context, kube);
  try {
    return (await checkConditions(context, kube, started)).states;
  } catch (error) {
    context.signal.throwIfAborted();
    return unmetBecause(context, `the API did not answer: ${messageOf(error)}`);
  }
}

/** The conditions as they are now. */
export interface CheckedConditions {
  readonly states: readonly ConditionState[];
  /** The nodes as the API has them. */
  readonly nodes: readonly KubeObject[];
  /** Nodes that are short of a resource, and of what. */
  readonly pressure: string | undefined;
}

/**
 * Checks every named condition. A node that has just started counts as not ready while the API only has its state from
 * before. Throws the error of an API that does not answer.
 */
export async function checkConditions(context: Looking, kube: KubeApi, started = NONE): Promise<CheckedConditions> {
  const { network, own, nodes, conditions } = wantedOf(context);
  const observed = await observeCluster(kube, [...network, ...own, COREDNS], context.signal);
  const remembered = (): Promise<string | undefined> =>
    whatIsRemembered(kube, { boots: started.boots, observed, signal: context.signal });
  const about: Readonly<Record<string, readonly WorkloadRef[]>> = {
    ...{ "network-available": network, "coredns-available": [COREDNS], [ADDONS_AVAILABLE]: own },
  };
  const states = conditions.map(async ({ id, check }) => {
    const reason = check(observed) ?? (id === "nodes-ready" ? await remembered() : undefined);
    if (reason === undefined) return { id, met: true, reason: "" };
    const why = await whyUnavailable(kube, about[id] ?? [], observed.workloads, context.signal);
    return { id, met: false, reason: why === "" ? reason : `${reason} (${why})` };
  });
  const all = await withNames(await Promise.all(states), started);
  const pressure = nodesUnderPressure(nodes, observed.nodes);
  return { states: all, nodes: observed.nodes, pressure };
}

/** When all else is met, CoreDNS is available once it answers where the nodes have just started, too. */
async function withNames(
  states: readonly ConditionState[],
  { boots, namesUnreached }: Started,
): Promise<readonly ConditionState[]> {
  if (boots.length === 0 || states.some(({ met }) => !met)) return states;
  const reason = await namesUnreached?.(boots);
  if (reason === undefined) return states;
  return states.map((state) => (state.id === "coredns-available" ? { ...state, met: false, reason } : state));
}

function wantedOf({ topology, addons }: Looking) {
  const workloads = (ofNetwork: boolean): readonly WorkloadRef[] =>
    addons.flatMap(({ name, isNetwork, text }) => (isNetwork === ofNetwork ? workloadsIn(text, name) : []));
  const [network, own] = [workloads(true), workloads(false)];
  const nodes = topology.nodes.map(({ fqdn, address }) => ({ fqdn, address }));
  const conditions = [...clusterConditions(nodes, network), ...(own.length === 0 ? [] : [addonsAvailable(own)])];
  return { network, nodes, own, conditions };
}

function unmetBecause(context: Looking, reason: string): readonly ConditionState[] {
  return wantedOf(context).conditions.map(({ id }) => ({ id, met: false, reason }));
}

async function whatIsRemembered(
  kube: KubeApi,
  seen: { readonly boots: readonly NodeBoot[]; readonly observed: ObservedCluster; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { boots, observed, signal } = seen;
  if (boots.length === 0) return undefined;
  const pods = await kube.list(SYSTEM_PODS, signal);
  const remembered = onlyRemembered(boots, observed.nodes, pods);
  if (remembered !== undefined) return remembered;
  const group = await kube.groupPath("discovery.k8s.io", signal);
  return staleEndpoints(await kube.list(`${group}/namespaces/kube-system/endpointslices`, signal), pods);
}
