import type { ClusterSpec } from "../spec/cluster-spec.js";

/** Whether the spec's KubeletConfiguration lets the kubelet run with cgroups of version 1, also from Kubernetes 1.35 on. */
export function allowsCgroupV1({ kubernetes }: ClusterSpec): boolean {
  return kubernetes.kubeadm.KubeletConfiguration.failCgroupV1 === false;
}

/**
 * kubeadm's checks to ignore: those that the spec names, and those that would refuse what its KubeletConfiguration allows.
 * kubeadm demands that SystemVerification is ignored for cgroups of version 1 (k8s.io/system-validators).
 */
export function ignoredPreflightErrors(spec: ClusterSpec): readonly string[] {
  const { ignorePreflightErrors, kubeadm } = spec.kubernetes;
  // kubeadm refuses a single check beside "all".
  if (ignorePreflightErrors.some((name) => name.toLowerCase() === "all")) return ignorePreflightErrors;
  const allowed = [
    ...(allowsCgroupV1(spec) ? ["SystemVerification"] : []),
    ...(kubeadm.KubeletConfiguration.failSwapOn === false ? ["Swap"] : []),
  ];
  return [...new Set([...ignorePreflightErrors, ...allowed])];
}

/** Variables of the node scripts for what the spec's KubeletConfiguration changes on the nodes; absent: as by default. */
export function kubeletVariables(spec: ClusterSpec): Readonly<Record<string, string>> {
  const { resolvConf } = spec.kubernetes.kubeadm.KubeletConfiguration;
  return {
    ...(allowsCgroupV1(spec) ? { AK8S_ALLOW_CGROUP_V1: "1" } : {}),
    ...(typeof resolvConf === "string" && resolvConf !== "" ? { AK8S_RESOLV_CONF: resolvConf } : {}),
  };
}
