import { type Check, failed, ok, skipped } from "../check.js";

/** alpine-k8s.yaml, or all its defaults, is valid and agrees with the cluster that is there. */
export const spec: Check = {
  id: "spec",
  on: "the folder",
  weight: "error",
  look: ({ computer, paths, specProblem }) => {
    if (specProblem) return failed(specProblem.message, specProblem.command);
    return ok(computer.exists(paths.spec) ? "alpine-k8s.yaml is valid" : "no alpine-k8s.yaml: the defaults");
  },
};

/** Identity, CA and token of the cluster are there, whole, and belong together. */
export const identity: Check = {
  id: "identity",
  on: "the folder",
  weight: "error",
  look: ({ identity: pinned, identityProblem }) => {
    if (identityProblem) return failed(identityProblem.message, identityProblem.command);
    if (!pinned) return skipped("there is no cluster in this folder yet");
    return ok(`cluster ${pinned.name}, Kubernetes ${pinned.kubernetesVersion}, its CA and token`);
  },
};
