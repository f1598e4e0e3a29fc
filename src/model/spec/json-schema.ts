import { CLUSTER_SHAPE } from "./cluster-shape.js";
import type { JsonSchema } from "./schema.js";

/** The JSON Schema (draft 7) of alpine-k8s.yaml for editors, from the same table as the validator. */
export function clusterJsonSchema(): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "alpine-k8s cluster",
    description: "alpine-k8s.yaml, format alpine-k8s/v1. Every key is explained in docs/spec.md.",
    ...CLUSTER_SHAPE.json,
  };
}
