"""The kubelet's flags.

Facts from the generated reference (kubernetes.io, command-line-tools-reference/kubelet, 1.34). `pod-infra-container-image` was
removed in 1.35, `container-runtime` in 1.27; `fail-cgroupv1` came in 1.31, `config-dir` in 1.28.
"""

_STRINGS = """address allowed-unsafe-sysctls authentication-token-webhook-cache-ttl authorization-mode
authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl bootstrap-kubeconfig cert-dir cgroup-driver
cgroup-root client-ca-file cloud-provider cluster-dns cluster-domain config config-dir container-log-max-files
container-log-max-size container-runtime-endpoint cpu-cfs-quota-period cpu-manager-policy cpu-manager-policy-options
cpu-manager-reconcile-period enforce-node-allocatable event-burst event-qps eviction-hard eviction-max-pod-grace-period
eviction-minimum-reclaim eviction-pressure-transition-period eviction-soft eviction-soft-grace-period experimental-mounter-path
feature-gates file-check-frequency hairpin-mode healthz-bind-address healthz-port hostname-override http-check-frequency
image-credential-provider-bin-dir image-credential-provider-config image-gc-high-threshold image-gc-low-threshold
image-service-endpoint kube-api-burst kube-api-content-type kube-api-qps kube-reserved kube-reserved-cgroup kubeconfig
kubelet-cgroups lock-file log-flush-frequency log-text-info-buffer-size logging-format manifest-url manifest-url-header
max-open-files max-pods maximum-dead-containers maximum-dead-containers-per-container memory-manager-policy
minimum-container-ttl-duration minimum-image-ttl-duration node-ip node-labels node-status-max-images
node-status-update-frequency oom-score-adj pod-cidr pod-manifest-path pod-max-pids pods-per-core port provider-id qos-reserved
read-only-port register-with-taints registry-burst registry-qps reserved-cpus reserved-memory resolv-conf root-dir
runtime-cgroups runtime-request-timeout streaming-connection-idle-timeout sync-frequency system-cgroups system-reserved
system-reserved-cgroup tls-cert-file tls-cipher-suites tls-min-version tls-private-key-file topology-manager-policy
topology-manager-policy-options topology-manager-scope v vmodule volume-plugin-dir volume-stats-agg-period"""
_BOOLS = """anonymous-auth authentication-token-webhook cgroups-per-qos contention-profiling cpu-cfs-quota
enable-controller-attach-detach enable-debugging-handlers enable-server exit-on-lock-contention
experimental-allocatable-ignore-eviction fail-swap-on help kernel-memcg-notification local-storage-capacity-isolation
log-text-split-stream make-iptables-util-chains protect-kernel-defaults register-node rotate-certificates
rotate-server-certificates runonce seccomp-default serialize-image-pulls version"""


def table(minor: int) -> dict[str, str]:
    """Flags of a kubelet of that minor."""
    flags = {name: "string" for name in _STRINGS.split()} | {name: "bool" for name in _BOOLS.split()}
    if minor < 35:
        flags["pod-infra-container-image"] = "string"
    if minor < 27:
        flags["container-runtime"] = "string"
    if minor >= 31:
        flags["fail-cgroupv1"] = "bool"
    return flags


# Labels of Kubernetes' own domains that a kubelet may give its node (pkg/kubelet/apis/well_known_labels.go).
OWN_LABELS = {
    *("beta.kubernetes.io/arch", "beta.kubernetes.io/instance-type", "beta.kubernetes.io/os", "failure-domain.beta.kubernetes.io/region"),
    *("failure-domain.beta.kubernetes.io/zone", "kubernetes.io/arch", "kubernetes.io/hostname", "kubernetes.io/os"),
    *("node.kubernetes.io/instance-type", "topology.kubernetes.io/region", "topology.kubernetes.io/zone"),
}
OWN_PREFIXES = ("kubelet.kubernetes.io", "node.kubernetes.io")


def forbidden_labels(labels: dict[str, str]) -> list[str]:
    """Labels that a kubelet refuses to set on its own node."""
    wrong = []
    for label in sorted(labels):
        domain = label.rpartition("/")[0]
        ours = domain in ("kubernetes.io", "k8s.io") or domain.endswith((".kubernetes.io", ".k8s.io"))
        prefixed = any(domain == prefix or domain.endswith("." + prefix) for prefix in OWN_PREFIXES)
        if ours and label not in OWN_LABELS and not prefixed:
            wrong.append(label)
    return wrong
