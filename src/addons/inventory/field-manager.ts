import { groupsIn } from "../../kube/fields.js";
import type { KubeObject } from "../../kube/kube-object.js";

/** In whose name we apply objects. */
export const FIELD_MANAGER = "alpine-k8s";

/** Whether any field of an object is ours. One that others have made, or taken over as a whole, is theirs. */
export function isOurs({ metadata }: KubeObject): boolean {
  return groupsIn(metadata["managedFields"]).some(({ manager }) => manager === FIELD_MANAGER);
}
