import { AlpineK8sError } from "../../base/errors.js";
import type { CanalRelease, KubeadmApiVersion, KubernetesMinor } from "./facts.js";
import { CANAL, KUBEADM_FORMATS, KUBERNETES } from "./table.js";

const MINORS = KUBERNETES.map(({ minor }) => minor);

/** The oldest and the newest Kubernetes minor that kubeadm documents are made for. */
export const OLDEST_MINOR = Math.min(...MINORS);
export const NEWEST_MINOR = Math.max(...MINORS);

const VERSION = /^v1\.(\d{1,3})\.\d{1,5}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** The minor of `v1.36.1` as a number; throws `usage` for anything that is not a version of Kubernetes 1. */
export function minorOf(version: string): number {
  const minor = VERSION.exec(version)?.[1];
  if (minor !== undefined) return Number(minor);
  throw new AlpineK8sError("usage", `${JSON.stringify(version)} is not a Kubernetes version of the form v1.Y.Z`, {
    hints: ['write it like "v1.36.1"'],
  });
}

/** What the table knows of a minor; undefined for one that is not in it. */
export function kubernetesMinor(minor: number): KubernetesMinor | undefined {
  return KUBERNETES.find((row) => row.minor === minor);
}

/** Whether a minor lies in the range, both ends included. */
export function isWithin(minor: number, [first, last = Infinity]: readonly [number, number?]): boolean {
  return minor >= first && minor <= last;
}

/** The release of Canal for a minor; undefined when there is none. */
export function canalFor(minor: number): CanalRelease | undefined {
  return CANAL.find(({ minors }) => isWithin(minor, minors));
}

/** The format of kubeadm's documents for a Kubernetes version. Throws `usage` for a minor that is not in the table. */
export function kubeadmApiVersion(version: string): KubeadmApiVersion {
  const minor = minorOf(version);
  const format = KUBEADM_FORMATS.find(({ minors }) => isWithin(minor, minors));
  if (format !== undefined) return format.api;
  throw new AlpineK8sError(
    "usage",
    `no kubeadm documents are known for Kubernetes ${version}: 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR} are supported`,
    { hints: ["use a box or hosts with one of these"] },
  );
}

/** Why a kubectl of this version should not be used with this API server; undefined when it may be. */
export function kubectlSkew(kubectl: string, apiServer: string): string | undefined {
  const apart = Math.abs(minorOf(apiServer) - minorOf(kubectl));
  return apart > 1
    ? `kubectl ${kubectl} is ${apart} minors away from the API server ${apiServer}; 1 is supported`
    : undefined;
}
