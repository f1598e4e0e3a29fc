import { AlpineK8sError } from "../../base/errors.js";
import { NEWEST_MINOR, OLDEST_MINOR } from "../spec/defaults.js";

/** Formats of kubeadm's own documents, oldest first. */
export type KubeadmApiVersion = "v1beta2" | "v1beta3" | "v1beta4";

/** First minor that knows v1beta3; 1.20 and 1.21 know v1beta2 as their newest. */
const FIRST_V1BETA3 = 22;
/** First minor whose own format is v1beta4 (kubernetes PR 125029); v1beta3 is gone in 1.37 (PR 136016). */
const FIRST_V1BETA4 = 31;

const VERSION = /^v1\.(\d{1,3})\.\d{1,5}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** The minor of `v1.36.1` as a number; throws `usage` for anything that is not a version of Kubernetes 1. */
export function minorOf(version: string): number {
  const minor = VERSION.exec(version)?.[1];
  if (minor !== undefined) return Number(minor);
  throw new AlpineK8sError("usage", `${JSON.stringify(version)} is not a Kubernetes version of the form v1.Y.Z`, {
    hints: ['write it like "v1.36.1"'],
  });
}

/** The format of kubeadm's documents for a Kubernetes version: v1beta2 for 1.20 and 1.21, v1beta3 to 1.30, then v1beta4. */
export function kubeadmApiVersion(version: string): KubeadmApiVersion {
  const minor = minorOf(version);
  if (minor < OLDEST_MINOR || minor > NEWEST_MINOR) {
    throw new AlpineK8sError(
      "usage",
      `no kubeadm documents are known for Kubernetes ${version}: 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR} are supported`,
      { hints: ["use a box or hosts with one of these"] },
    );
  }
  if (minor >= FIRST_V1BETA4) return "v1beta4";
  return minor >= FIRST_V1BETA3 ? "v1beta3" : "v1beta2";
}

/** Why a kubectl of this version should not be used with this API server; undefined when it may be. */
export function kubectlSkew(kubectl: string, apiServer: string): string | undefined {
  const apart = Math.abs(minorOf(apiServer) - minorOf(kubectl));
  return apart > 1
    ? `kubectl ${kubectl} is ${apart} minors away from the API server ${apiServer}; 1 is supported`
    : undefined;
}
