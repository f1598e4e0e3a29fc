import { groupsIn } from "../../kube/fields.js";
import type { KubeObject } from "../../kube/kube-object.js";

/** In whose name we apply objects. */
export const FIELD_MANAGER = "alpine-k8s";

/**
 * Whether any field of an object of an inventory is ours. One that others have made, or taken over as a whole, is theirs;
 * of APIServices the API of 1.20 notes no managers, and the inventory's word counts.
 */
export function isOurs({ kind, metadata }: KubeObject): boolean {
  const notes = groupsIn(metadata["managedFields"]);
  if (notes.length === 0) return kind === "APIService";
  return notes.some(({ manager }) => manager === FIELD_MANAGER);
}
