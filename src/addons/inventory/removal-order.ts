import type { ObjectRef } from "../../kube/kube-object.js";

/**
 * In which part of a removal an object goes: what is called or runs, what else is in a namespace, what is the cluster's,
 * definitions and data, namespaces.
 */
type Part = 0 | 1 | 2 | 3 | 4;

/**
 * Workloads make the rest again and use it. What the API calls goes with them: while it is registered and nothing answers,
 * other objects cannot be changed or a namespace not be emptied.
 */
const FIRST = [
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
  "APIService",
  "CronJob",
  "Deployment",
  "DaemonSet",
  "StatefulSet",
  "ReplicaSet",
  "Job",
  "Pod",
];

/** With these go objects that nobody of us has made: a definition's own, what is on a disk, what is in a namespace. */
const KEPT = ["CustomResourceDefinition", "PersistentVolumeClaim", "PersistentVolume", "Namespace"];

/** Namespaces that are the cluster's, whoever names them in a manifest. */
const OF_THE_CLUSTER = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** Whether an object stays when its add-on goes, unless data is to go, too. */
export function isKept({ kind }: ObjectRef): boolean {
  return KEPT.includes(kind);
}

/** Whether an object stays in every case. */
export function isOfTheCluster({ kind, metadata }: ObjectRef): boolean {
  return kind === "Namespace" && OF_THE_CLUSTER.includes(metadata.name);
}

/** The parts of a removal, one after the other; in each the objects that were applied last go first. */
export function removalParts<T extends { readonly ref: ObjectRef }>(objects: readonly T[]): readonly (readonly T[])[] {
  const reversed = [...objects].reverse();
  const parts: readonly Part[] = [0, 1, 2, 3, 4];
  return parts.map((part) => reversed.filter(({ ref }) => partOf(ref) === part)).filter((part) => part.length > 0);
}

function partOf(ref: ObjectRef): Part {
  const { kind, metadata } = ref;
  if (FIRST.includes(kind)) return 0;
  if (kind === "Namespace") return 4;
  if (isKept(ref)) return 3;
  return metadata.namespace === undefined ? 2 : 1;
}
