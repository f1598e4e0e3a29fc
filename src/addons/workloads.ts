import type { WorkloadRef } from "../kube/conditions.js";
import type { KubeObject, ObjectRef } from "../kube/kube-object.js";
import { splitDocuments } from "./documents.js";
import { parseManifest } from "./manifest.js";

const KINDS = ["Deployment", "DaemonSet", "StatefulSet", "Job"];

/** Matches texts that may hold a workload: one of the kinds as a value, or a list of anything. */
export const MAY_HOLD_WORKLOAD = new RegExp(`kind["']?\\s*:\\s*["']?(?:${KINDS.join("|")}|\\w*List)\\b`);

/** Every workload of a manifest: an add-on is ready when all of them are available. */
export function workloadsOf(objects: readonly KubeObject[]): readonly WorkloadRef[] {
  return objects
    .filter((object) => KINDS.includes(object.kind))
    .map((object) => ({
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: object.metadata.name,
      namespace: object.metadata.namespace ?? "default",
      ...(goesWhenDone(object) ? { goesWhenDone: true } : {}),
    }));
}

/** The workloads among objects of which only the names are known: any Job may have gone when it was done. */
export function workloadRefs(refs: readonly ObjectRef[]): readonly WorkloadRef[] {
  return refs
    .filter(({ kind }) => KINDS.includes(kind))
    .map(({ apiVersion, kind, metadata: { name, namespace = "default" } }) => ({
      ...{ apiVersion, kind, name, namespace },
      ...(kind === "Job" ? { goesWhenDone: true } : {}),
    }));
}

function goesWhenDone({ kind, spec }: KubeObject): boolean {
  return kind === "Job" && typeof spec === "object" && spec !== null && "ttlSecondsAfterFinished" in spec;
}

/**
 * Like {@link workloadsOf}, for a text that {@link parseManifest} has accepted before. Documents that cannot hold a
 * workload are not parsed, which for Canal's CRDs saves most of a second.
 */
export function workloadsIn(text: string, source: string): readonly WorkloadRef[] {
  const parts = splitDocuments(text).filter((part) => MAY_HOLD_WORKLOAD.test(part));
  return parts.flatMap((part) => workloadsOf(parseManifest(part, source)));
}
