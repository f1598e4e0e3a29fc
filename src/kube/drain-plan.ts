import type { PodRef } from "./evict-pod.js";
import type { KubeObject } from "./kube-object.js";

/** The fields of a pod that a drain reads. */
export interface PodObject extends KubeObject {
  readonly metadata: KubeObject["metadata"] & {
    readonly uid?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly controller?: boolean }[];
    readonly deletionTimestamp?: string;
  };
  readonly spec?: { readonly volumes?: readonly { readonly emptyDir?: unknown }[] };
  readonly status?: { readonly phase?: string };
}

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
export function planDrain(pods: readonly PodObject[]): DrainPlan {
  const leaving = pods.filter((pod) => !isMirror(pod) && (isFinished(pod) || controllerOf(pod) !== "DaemonSet"));
  return {
    leaving: leaving.map((pod) => ({ ...refOf(pod), ending: pod.metadata.deletionTimestamp !== undefined })),
    losses: leaving.flatMap((pod) => lossesOf(pod).map((what) => ({ pod: refOf(pod), what }))),
  };
}

/** "default/web-1", for messages. */
export function podText({ namespace, name }: Pick<PodRef, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

function refOf({ metadata }: PodObject): PodRef {
  return { namespace: metadata.namespace ?? "default", name: metadata.name, uid: metadata.uid ?? "" };
}

function isMirror({ metadata }: PodObject): boolean {
  return metadata.annotations !== undefined && MIRROR in metadata.annotations;
}

function isFinished({ status }: PodObject): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

function controllerOf({ metadata }: PodObject): string | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller === true)?.kind;
}

function lossesOf(pod: PodObject): readonly string[] {
  if (isFinished(pod) || pod.metadata.deletionTimestamp !== undefined) return [];
  const alone = controllerOf(pod) === undefined;
  const scratch = pod.spec?.volumes?.some((volume) => volume.emptyDir !== undefined) ?? false;
  return [
    ...(alone ? ["no controller would recreate it elsewhere"] : []),
    ...(scratch ? ["it has data in an emptyDir volume"] : []),
  ];
}
