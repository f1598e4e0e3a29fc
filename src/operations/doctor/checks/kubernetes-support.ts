import { kubernetesVersion } from "../../../model/spec/formats.js";
import { kubernetesMinor, minorOf } from "../../../model/versions/kubernetes.js";
import { versionInBoxName } from "../../../model/topology/resolve-identity.js";
import { type Check, skipped } from "../check.js";
import { supportOutcome } from "../support-outcome.js";
import type { Subject } from "../subject.js";

/** Upstream makes fixes for the cluster's Kubernetes, today and for some time. */
export const kubernetesSupport: Check = {
  id: "kubernetes-support",
  on: "the folder",
  weight: "warning",
  look: (subject) => {
    const version = versionOf(subject);
    if (version === undefined) return skipped("the spec does not say which Kubernetes it will be");
    const minor = minorOf(version);
    return supportOutcome(`Kubernetes 1.${minor}`, kubernetesMinor(minor)?.ends, subject.computer.now());
  },
};

/** The cluster's version, or the one that a new cluster would get, as far as files tell. */
function versionOf({ identity, spec }: Subject): string | undefined {
  if (identity !== undefined) return identity.kubernetesVersion;
  if (spec?.kubernetes.version !== undefined || spec?.provider !== "vagrant") return spec?.kubernetes.version;
  const version = versionInBoxName(spec.vagrant.image ?? spec.vagrant.box);
  return version !== undefined && kubernetesVersion.validate(version) === undefined ? version : undefined;
}
