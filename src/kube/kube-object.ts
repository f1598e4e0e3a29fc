/** A Kubernetes object as its REST API sends and takes it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeMetadata;
  readonly [field: string]: unknown;
}

/** What tells an object from all others. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface KubeMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly [field: string]: unknown;
}

/** Path of the pods of the control plane and of the network add-on. */
export const SYSTEM_PODS = "/api/v1/namespaces/kube-system/pods";

/** The variable that tells client-go in a pod where to ask the API (rest.InClusterConfig). */
export const API_HOST = "KUBERNETES_SERVICE_HOST";

/** `/api/v1/nodes/NAME`. */
export function nodePath(fqdn: string): string {
  return `/api/v1/nodes/${encodeURIComponent(fqdn)}`;
}

/** "Deployment kube-system/coredns", for messages. */
export function describeObject(object: Pick<ObjectRef, "kind" | "metadata">): string {
  const { namespace, name } = object.metadata;
  return `${object.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
