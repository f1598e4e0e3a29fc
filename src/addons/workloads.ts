import type { ManifestObject } from "./manifest.js";

const KINDS = ["Deployment", "DaemonSet", "StatefulSet", "Job"];

/** A workload whose availability makes an add-on ready. */
export interface Workload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Every workload of a manifest: an add-on is ready when all of them are available. */
export function workloadsOf(objects: readonly ManifestObject[]): readonly Workload[] {
  return objects
    .filter((object) => KINDS.includes(object.kind))
    .map(({ apiVersion, kind, metadata }) => ({
      apiVersion,
      kind,
      name: metadata.name,
      namespace: metadata.namespace ?? "default",
    }));
}
