import type { ObservedCluster, WorkloadRef } from "./conditions.js";
import type { KubeApi, KubeObject } from "./kube-api.js";

/** Lists what the conditions look at: all nodes, and the workloads with one request for each kind and namespace. */
export async function observeCluster(
  api: KubeApi,
  workloads: readonly WorkloadRef[],
  signal?: AbortSignal,
): Promise<ObservedCluster> {
  const paths = new Map(workloads.map((ref) => [pathOf(ref), ref]));
  const [nodes, ...lists] = await Promise.all([
    api.list("/api/v1/nodes", signal),
    ...[...paths].map(async ([path, ref]) => withKind(await api.list(path, signal), ref)),
  ]);
  return { nodes, workloads: lists.flat() };
}

function pathOf(ref: WorkloadRef): string {
  return `/apis/${ref.apiVersion}/namespaces/${encodeURIComponent(ref.namespace)}/${ref.kind.toLowerCase()}s`;
}

// The API leaves kind and apiVersion out of the items of a list.
function withKind(items: readonly KubeObject[], ref: WorkloadRef): readonly KubeObject[] {
  return items.map((item) => ({ ...item, kind: ref.kind, apiVersion: ref.apiVersion }));
}
