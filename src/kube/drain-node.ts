import { AlpineK8sError } from "../base/errors.js";
import type { Clock } from "../base/wait.js";
import { planDrain, podText, type DrainPlan, type LeavingPod, type PodObject } from "./drain-plan.js";
import { podPath, type PodRef } from "./evict-pod.js";
import type { KubeApi, KubeObject } from "./kube-api.js";
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
  return planDrain(await kube.list<PodObject>(`/api/v1/pods?${query.toString()}`, signal));
}

/**
 * Whether the control plane has lost contact with a node: Ready is Unknown when its kubelet has not reported for longer
 * than `node-monitor-grace-period` of kube-controller-manager. Then no kubelet terminates its pods.
 */
export function isLost(node: KubeObject): boolean {
  const status = (node["status"] ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  return status.conditions?.some((one) => one.type === "Ready" && one.status === "Unknown") ?? false;
}

/**
 * Evicts the pods of a cordoned node, again and again while disruption budgets refuse, until none is left. Past the
 * limit it throws {@link DrainTimeout}, or with force deletes what is left. Does not wait for the pods of a lost node.
 */
export async function drainNode(drain: Drain): Promise<Drained> {
  const { clock, signal, timeout, force } = drain;
  const started = clock.now();
  const evicted = new Set<string>();
  let forcedAt: number | undefined;
  for (;;) {
    signal.throwIfAborted();
    const node = await drain.kube.find(nodePath(drain.fqdn), signal);
    const { leaving } = await lookAtPods(drain.kube, drain.fqdn, signal);
    const left = leaving.map(podText);
    if (node === undefined || leaving.length === 0) return { evicted: [...evicted], left: [], lost: false };
    if (isLost(node)) return { evicted: without(evicted, left), left, lost: true };
    const now = clock.now();
    if (forcedAt !== undefined && now - forcedAt >= FORCED_LIMIT) {
      return { evicted: without(evicted, left), left, lost: false };
    }
    const stuck = forcedAt === undefined ? await evictAll(drain, leaving, evicted) : leaving.map(ending);
    if (forcedAt === undefined && now - started >= timeout) {
      if (!force) throw new DrainTimeout(Math.round((now - started) / 1000), stuck);
      await deleteAll(drain, leaving, evicted);
      forcedAt = now;
    }
    drain.onWait(waitText(stuck));
    await clock.sleep(EVERY, signal);
  }
}

function without(names: ReadonlySet<string>, others: readonly string[]): string[] {
  return [...names].filter((name) => !others.includes(name));
}

function ending(pod: LeavingPod): StuckPod {
  return { pod, reason: "" };
}

/** Asks to evict every pod that is not terminating yet; returns all pods, with the reason of each refusal. */
async function evictAll(drain: Drain, pods: readonly LeavingPod[], evicted: Set<string>): Promise<StuckPod[]> {
  const stuck: StuckPod[] = [];
  for (const pod of pods) {
    if (pod.ending) {
      stuck.push(ending(pod));
      continue;
    }
    const answer = await drain.kube.evict(pod, drain.signal);
    if (answer.outcome === "refused") {
      const { reason, budget } = answer;
      stuck.push({ pod, reason, ...(budget === undefined ? {} : { budget }) });
    } else {
      if (answer.outcome === "evicted") evicted.add(podText(pod));
      stuck.push(ending(pod));
    }
  }
  return stuck;
}

async function deleteAll({ kube, signal }: Drain, pods: readonly PodRef[], evicted: Set<string>): Promise<void> {
  for (const pod of pods) {
    await kube.delete(podPath(pod), signal);
    evicted.add(podText(pod));
  }
}

function waitText(stuck: readonly StuckPod[]): string {
  const refused = stuck.find(({ reason }) => reason !== "");
  const pods = `${stuck.length} pod${stuck.length === 1 ? "" : "s"} to leave`;
  return refused === undefined ? pods : `${pods}; ${podText(refused.pod)}: ${refused.reason}`;
}
