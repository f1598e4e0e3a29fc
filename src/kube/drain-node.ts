import { AlpineK8sError, messageOf } from "../base/errors.js";
import type { Clock } from "../base/wait.js";
import { comesLater, meaningOf } from "./again-later.js";
import { planDrain, podText, type DrainPlan, type LeavingPod } from "./drain-plan.js";
import { podPath } from "./evict-pod.js";
import { statusConditions } from "./fields.js";
import type { KubeApi, KubeObject } from "./kube-api.js";
import { KubeError } from "./kube-error.js";
import { nodePath } from "./kube-object.js";

/** Milliseconds between two checks of the pods. */
const EVERY = 2_000;
/** Milliseconds that pods get to terminate once `force` has deleted them. */
const FORCED_LIMIT = 60_000;

export interface Drain {
  readonly kube: KubeApi;
  /** The node's name in Kubernetes. */
  readonly fqdn: string;
  /** Deletes pods that could not be evicted in time. */
  readonly force: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called after each check with what is being waited for. */
  readonly onWait: (text: string) => void;
}

export interface Drained {
  /** Pods that were made to leave, by "namespace/name". */
  readonly evicted: readonly string[];
  /** Pods that remain: the node is lost, or they did not terminate although they were deleted. */
  readonly left: readonly string[];
  /** Whether the drain ended because of {@link isLost}. */
  readonly lost: boolean;
}

/** A pod that is still there, and why. */
export interface StuckPod {
  readonly pod: LeavingPod;
  /** Empty when the pod is terminating. */
  readonly reason: string;
  readonly budget?: string;
}

/** The pods of a node could not be made to leave in time; kind `timeout`. */
export class DrainTimeout extends AlpineK8sError {
  constructor(
    readonly seconds: number,
    readonly stuck: readonly StuckPod[],
  ) {
    super("timeout", `${stuck.length} pod(s) did not leave within ${seconds} s`);
  }
}

/** Lists the pods of a node and plans their drain. */
export async function lookAtPods(kube: KubeApi, fqdn: string, signal: AbortSignal): Promise<DrainPlan> {
  const query = new URLSearchParams({ fieldSelector: `spec.nodeName=${fqdn}` });
  return planDrain(await kube.list(`/api/v1/pods?${query.toString()}`, signal));
}

/**
 * Whether the control plane has lost contact with a node: Ready is Unknown when its kubelet has not reported for longer
 * than `node-monitor-grace-period` of kube-controller-manager. Then no kubelet terminates its pods.
 */
export function isLost(node: KubeObject): boolean {
  return statusConditions(node).some((one) => one.type === "Ready" && one.status === "Unknown");
}

/**
 * Evicts the pods of a cordoned node, again and again while they are refused for now, until none is left. Past the limit
 * it throws {@link DrainTimeout}, or with force deletes what is left. Does not wait for the pods of a lost node. An API
 * that is not able to answer is given the same time, and its error is thrown when that is over.
 */
export async function drainNode(drain: Drain): Promise<Drained> {
  const { clock, signal, timeout } = drain;
  const going: Going = { started: clock.now(), forcedAt: undefined, evicted: new Set() };
  for (;;) {
    signal.throwIfAborted();
    try {
      const drained = await lookAndEvict(drain, going);
      if (drained !== undefined) return drained;
    } catch (error) {
      signal.throwIfAborted();
      const over = going.forcedAt === undefined ? going.started + timeout : going.forcedAt + FORCED_LIMIT;
      if (!comesLater(error) || clock.now() >= over) throw error;
      drain.onWait(error.message);
    }
    await clock.sleep(EVERY, signal);
  }
}

/** How far a drain has got. */
interface Going {
  readonly started: number;
  /** When pods began to be deleted by force. */
  forcedAt: number | undefined;
  readonly evicted: Set<string>;
}

/** One round; gives nothing when pods are still to leave. */
async function lookAndEvict(drain: Drain, going: Going): Promise<Drained | undefined> {
  const { clock, signal, timeout, force } = drain;
  const { started, evicted } = going;
  const node = await drain.kube.find(nodePath(drain.fqdn), signal);
  const { leaving } = await lookAtPods(drain.kube, drain.fqdn, signal);
  const left = leaving.map(podText);
  if (node === undefined || leaving.length === 0) return { evicted: [...evicted], left: [], lost: false };
  if (isLost(node)) return { evicted: without(evicted, left), left, lost: true };
  const now = clock.now();
  if (going.forcedAt !== undefined && now - going.forcedAt >= FORCED_LIMIT) {
    return { evicted: without(evicted, left), left, lost: false };
  }
  let stuck = going.forcedAt === undefined ? await evictAll(drain, leaving, evicted) : [];
  if (going.forcedAt === undefined && now - started >= timeout) {
    if (!force) throw new DrainTimeout(Math.round((now - started) / 1000), stuck);
    going.forcedAt = now;
  }
  if (going.forcedAt !== undefined) stuck = await deleteAll(drain, leaving, evicted);
  drain.onWait(waitText(stuck));
  return undefined;
}

function without(names: ReadonlySet<string>, others: readonly string[]): string[] {
  return [...names].filter((name) => !others.includes(name));
}

/** Asks for every pod that has not been told to end; returns what is still there after that. */
function evictAll({ kube, signal }: Drain, pods: readonly LeavingPod[], evicted: Set<string>): Promise<StuckPod[]> {
  return each(
    pods.map((pod) => ({ pod, isTold: pod.ending })),
    async (pod) => {
      const answer = await kube.evict(pod, signal);
      if (answer.outcome === "evicted") evicted.add(podText(pod));
      if (answer.outcome !== "refused") return { pod, reason: "" };
      const { reason, budget } = answer;
      return { pod, reason, ...(budget === undefined ? {} : { budget }) };
    },
  );
}

/** Deletes every pod that was not deleted yet. */
function deleteAll({ kube, signal }: Drain, pods: readonly LeavingPod[], evicted: Set<string>): Promise<StuckPod[]> {
  return each(
    pods.map((pod) => ({ pod, isTold: pod.ending && evicted.has(podText(pod)) })),
    async (pod) => {
      await kube.delete(podPath(pod), signal);
      evicted.add(podText(pod));
      return { pod, reason: "" };
    },
  );
}

/** Does it with every pod that was not told to end; one that is refused for now does not keep the others. */
async function each(
  pods: readonly { readonly pod: LeavingPod; readonly isTold: boolean }[],
  tell: (pod: LeavingPod) => Promise<StuckPod>,
): Promise<StuckPod[]> {
  const stuck: StuckPod[] = [];
  for (const { pod, isTold } of pods) {
    try {
      stuck.push(isTold ? { pod, reason: "" } : await tell(pod));
    } catch (error) {
      // An API that says nothing would keep each of the pods waiting; the round is begun again as a whole.
      if (meaningOf(error) === "no" || (error instanceof KubeError && error.status === 0)) throw error;
      stuck.push({ pod, reason: messageOf(error) });
    }
  }
  return stuck;
}

function waitText(stuck: readonly StuckPod[]): string {
  const refused = stuck.find(({ reason }) => reason !== "");
  const pods = `${stuck.length} pod${stuck.length === 1 ? "" : "s"} to leave`;
  return refused === undefined ? pods : `${pods}; ${podText(refused.pod)}: ${refused.reason}`;
}
