import { AlpineK8sError } from "../../base/errors.js";
import type { KubeadmKind } from "../spec/cluster-spec.js";
import type { KubeadmApiVersion } from "../versions/facts.js";
import { KUBEADM_FORMATS } from "../versions/table.js";
import type { Fields } from "./merge.js";

/** Fields, and the first and last format that has them; absent: no limit. */
interface Life {
  readonly paths: readonly string[];
  readonly first?: KubeadmApiVersion;
  readonly last?: KubeadmApiVersion;
}

/** Oldest first. */
const FORMATS: readonly KubeadmApiVersion[] = KUBEADM_FORMATS.map(({ api }) => api);

/** Fields that a format of kubeadm added or removed, from the list of changes in its doc.go. */
const LIVES: Readonly<Partial<Record<KubeadmKind, readonly Life[]>>> = {
  ClusterConfiguration: [
    { paths: ["useHyperKubeImage", "dns.type"], last: "v1beta2" },
    { paths: ["apiServer.timeoutForControlPlane"], last: "v1beta3" },
    {
      paths: [
        ...["apiServer", "controllerManager", "scheduler", "etcd.local"].map((part) => `${part}.extraEnvs`),
        ...["encryptionAlgorithm", "certificateValidityPeriod", "caCertificateValidityPeriod"],
        ...["dns.disabled", "proxy"],
      ],
      first: "v1beta4",
    },
  ],
  InitConfiguration: [
    { paths: ["skipPhases", "patches", "nodeRegistration.imagePullPolicy"], first: "v1beta3" },
    { paths: ["timeouts", "dryRun", "nodeRegistration.imagePullSerial"], first: "v1beta4" },
  ],
  JoinConfiguration: [
    { paths: ["skipPhases", "patches", "nodeRegistration.imagePullPolicy"], first: "v1beta3" },
    { paths: ["timeouts", "dryRun", "nodeRegistration.imagePullSerial"], first: "v1beta4" },
    { paths: ["discovery.timeout"], last: "v1beta3" },
  ],
};

/**
 * Throws `usage` for a field of the user's that the document's format does not have: kubeadm would only warn on the
 * node and ignore it.
 */
export function refuseUnknownFields(kind: KubeadmKind, users: Fields, api: KubeadmApiVersion, version: string): void {
  const index = FORMATS.indexOf(api);
  for (const { paths, first, last } of LIVES[kind] ?? []) {
    const came = first !== undefined && index < FORMATS.indexOf(first) ? first : undefined;
    const went = last !== undefined && index > FORMATS.indexOf(last) ? last : undefined;
    if (came === undefined && went === undefined) continue;
    const path = paths.find((one) => has(users, one));
    if (path === undefined) continue;
    const when =
      came === undefined
        ? `it went after Kubernetes 1.${minorsOf(went ?? api)[1]}`
        : `it came with Kubernetes 1.${minorsOf(came)[0]}`;
    throw new AlpineK8sError(
      "usage",
      `spec.kubernetes.kubeadm.${kind}.${path}: kubeadm of ${version} has no such field (${api}; ${when})`,
      { hints: ["take it out of alpine-k8s.yaml; see docs/spec.md"] },
    );
  }
}

/** The first and last Kubernetes minor whose newest format it is. */
function minorsOf(api: KubeadmApiVersion): readonly number[] {
  return KUBEADM_FORMATS.find((format) => format.api === api)?.minors ?? [];
}

function has(fields: Fields, dotted: string): boolean {
  let value: unknown = fields;
  for (const key of dotted.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Fields)[key];
  }
  return value !== undefined && value !== null;
}
