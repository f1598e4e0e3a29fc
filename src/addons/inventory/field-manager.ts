import { groupsIn } from "../../kube/fields.js";
import type { KubeObject } from "../../kube/kube-object.js";

/** In whose name we apply objects. */
export const FIELD_MANAGER = "alpine-k8s";

/** Kinds of which an object may have nothing but a name, so that no field is noted as ours; of APIServices 1.20 notes none. */
const OFTEN_BARE: readonly unknown[] = ["Namespace", "ServiceAccount", "APIService"];

/** The managers of what the cluster itself adds, such as a token of a ServiceAccount. */
const OF_THE_CLUSTER: readonly unknown[] = ["kube-controller-manager", "kube-apiserver"];

/**
 * Whether any field of an object of an inventory is ours. One that others have made, or taken over as a whole, is theirs;
 * where nobody can have a field, the inventory's word counts.
 */
export function isOurs({ kind, metadata }: KubeObject): boolean {
  const notes = groupsIn(metadata["managedFields"]);
  if (notes.some(({ manager }) => manager === FIELD_MANAGER)) return true;
  return OFTEN_BARE.includes(kind) && notes.every(({ manager }) => OF_THE_CLUSTER.includes(manager));
}
