import type { ObjectRef } from "../../../src/kube/kube-object.js";

const CLUSTER_WIDE = ["Namespace", "CustomResourceDefinition", "ClusterRole"];

/** Where an object of a kind that tests use is. */
export function pathOf({ apiVersion, kind, metadata: { name, namespace = "default" } }: ObjectRef): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = CLUSTER_WIDE.includes(kind) ? "" : `/namespaces/${namespace}`;
  return `${root}${place}/${kind.toLowerCase()}s/${name}`;
}
