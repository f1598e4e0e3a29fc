import { fieldsOf } from "./fields.js";
import type { KubeApi, KubeObject } from "./kube-api.js";
import { nodePath } from "./kube-object.js";

/**
 * Keeps new pods away from a node, by its name in Kubernetes. Changes the one field that `kubectl uncordon` changes back;
 * can be done twice. Throws the error of an API that does not answer, or knows no such node.
 */
export async function cordonNode(kube: KubeApi, fqdn: string, signal: AbortSignal): Promise<void> {
  await kube.patch(nodePath(fqdn), { spec: { unschedulable: true } }, "alpine-k8s", signal);
}

/** Whether a node object is cordoned. */
export function isCordoned(object: KubeObject | undefined): boolean {
  return fieldsOf(object?.["spec"])["unschedulable"] === true;
}
