import type { PodRef } from "./evict-pod.js";
import { fieldsOf, groupsIn, textOf } from "./fields.js";
import type { KubeObject } from "./kube-object.js";

/** A pod that has to leave a node. */
export interface LeavingPod extends PodRef {
  /** It has been deleted and is terminating. */
  readonly ending: boolean;
}

/** What a drain does with the pods of a node. */
export interface DrainPlan {
  readonly leaving: readonly LeavingPod[];
  /** What is lost for good when pods leave. */
  readonly losses: readonly { readonly pod: PodRef; readonly what: string }[];
}

const MIRROR = "kubernetes.io/config.mirror";

/**
 * Sorts the pods of a node as `kubectl drain` does: mirror pods and pods of DaemonSets stay, because the kubelet or the
 * DaemonSet would create them again; finished pods may always go, except mirror pods.
 */
export function planDrain(pods: readonly KubeObject[]): DrainPlan {
  const leaving = pods.filter((pod) => !isMirror(pod) && (isFinished(pod) || controllerOf(pod) !== "DaemonSet"));
  return {
    leaving: leaving.map((pod) => ({ ...refOf(pod), ending: isEnding(pod) })),
    losses: leaving.flatMap((pod) => lossesOf(pod).map((what) => ({ pod: refOf(pod), what }))),
  };
}

/** "default/web-1", for messages. */
export function podText({ namespace, name }: Pick<PodRef, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

function refOf({ metadata }: KubeObject): PodRef {
  return { namespace: metadata.namespace ?? "default", name: metadata.name, uid: textOf(metadata["uid"]) ?? "" };
}

function isMirror({ metadata }: KubeObject): boolean {
  return MIRROR in fieldsOf(metadata["annotations"]);
}

function isEnding({ metadata }: KubeObject): boolean {
  return textOf(metadata["deletionTimestamp"]) !== undefined;
}

function isFinished(pod: KubeObject): boolean {
  const { phase } = fieldsOf(pod["status"]);
  return phase === "Succeeded" || phase === "Failed";
}

function controllerOf({ metadata }: KubeObject): string | undefined {
  const owner = groupsIn(metadata["ownerReferences"]).find(({ controller }) => controller === true);
  return textOf(owner?.["kind"]);
}

function lossesOf(pod: KubeObject): readonly string[] {
  if (isFinished(pod) || isEnding(pod)) return [];
  const alone = controllerOf(pod) === undefined;
  const scratch = groupsIn(fieldsOf(pod["spec"])["volumes"]).some(({ emptyDir }) => emptyDir !== undefined);
  return [
    ...(alone ? ["no controller would recreate it elsewhere"] : []),
    ...(scratch ? ["it has data in an emptyDir volume"] : []),
  ];
}
