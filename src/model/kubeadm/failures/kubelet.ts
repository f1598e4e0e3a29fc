import type { FailureRow } from "./failure-row.js";

const ARGUMENTS =
  "take it out of kubeletExtraArgs in alpine-k8s.yaml, and as root on NODE out of /var/lib/kubelet/kubeadm-flags.env";
const CONFIGURATION =
  "correct KubeletConfiguration in alpine-k8s.yaml, and as root on NODE /var/lib/kubelet/config.yaml";

/** Why a kubelet ends again and again, by the last words of its log. */
export const KUBELET_FAILURES: readonly FailureRow[] = [
  {
    pattern: /running with swap on is not supported/,
    cause: "the kubelet does not run with swap",
    remedy:
      "as root on NODE: swapoff -a, and take it out of /etc/fstab; or say failSwapOn: false in " +
      "spec.kubernetes.kubeadm.KubeletConfiguration",
  },
  {
    pattern: /systemd not running on this host, (?:can't|cannot) use systemd/,
    cause: "the kubelet is told to use the cgroup driver of systemd, which Alpine does not have",
    remedy: "as root on NODE, say cgroupDriver: cgroupfs in /var/lib/kubelet/config.yaml",
  },
  {
    pattern: /kubelet cgroup driver: "([^"]*)" is different from docker cgroup driver: "([^"]*)"/,
    cause: "the kubelet's cgroup driver is $1, and the runtime's is $2",
    remedy: "as root on NODE, say cgroupDriver: $2 in /var/lib/kubelet/config.yaml",
  },
  {
    pattern: /failed to (?:get mounted cgroup subsystems|find cgroup mounts)|Following Cgroup subsystem not mounted/,
    cause: "the kubelet does not find the cgroups that it needs",
    remedy: "alpine-k8s doctor --fix",
  },
  {
    pattern: /unknown (?:shorthand )?flag: ([^\s"]+)/,
    cause: "the kubelet does not know the argument $1",
    remedy: ARGUMENTS,
  },
  {
    pattern: /invalid argument \\*"([^"\\]*)\\*" for \\*"([^"\\]*)\\*" flag/,
    cause: "the kubelet does not take $1 for its argument $2",
    remedy: ARGUMENTS,
  },
  {
    pattern: /unknown 'kubernetes\.io' or 'k8s\.io' labels specified with --node-labels: \[([^\]]*)\]/,
    cause: "the kubelet may not give its own node the label $1",
    remedy: `give it once the node has joined, with kubectl label; ${ARGUMENTS}`,
  },
  {
    pattern: /unrecognized feature gate: ([A-Za-z0-9]+)/,
    cause: "the kubelet does not know the feature gate $1",
    remedy: CONFIGURATION,
  },
  {
    pattern: /strict decoding error: unknown field \\*"([^"\\]*)/,
    cause: "the kubelet's configuration has a field that it does not know, $1",
    remedy: CONFIGURATION,
  },
  {
    pattern: /strict decoding error: ([^"]+)/,
    cause: "the kubelet does not take its configuration: $1",
    remedy: CONFIGURATION,
  },
  {
    pattern: /failed to load [Kk]ubelet config file.*: no such file or directory/,
    cause: "the kubelet's configuration, /var/lib/kubelet/config.yaml, is not there",
    remedy: "put it back from another node of the cluster: it is the same on all",
  },
  {
    pattern: /failed to load [Kk]ubelet config file/,
    cause: "the kubelet cannot read its configuration, /var/lib/kubelet/config.yaml",
    remedy: CONFIGURATION,
  },
  {
    pattern: /invalid configuration: ([^"]+)/,
    cause: "the kubelet does not take its configuration: $1",
    remedy: CONFIGURATION,
  },
  {
    pattern: /unable to load client CA file (\S+?):/,
    cause: "the kubelet cannot read the cluster's CA, $1",
    remedy: "copy the file from another node of the cluster: it is the same on all",
  },
  {
    pattern: /part of the existing bootstrap client certificate (?:in \S+ )?is expired: ([^"]+)/,
    cause: "the kubelet's own certificate ended on $1",
    remedy: "see what there is to do: alpine-k8s certs status",
  },
  {
    pattern: /unable to load bootstrap kubeconfig: .*: no such file or directory/,
    cause: "the kubelet has neither a certificate nor a token to ask for one",
    remedy: "see what there is to do: alpine-k8s certs status",
  },
  {
    pattern: /node IP: \\*"([^"\\]*)\\*" not found in the host's network interfaces/,
    cause: "no network card of the node has the address $1",
    remedy: "compare the addresses of NODE with alpine-k8s.yaml: alpine-k8s ssh NODE -- ip addr",
  },
  {
    pattern: /listen tcp \S*:(\d+): bind: address already in use/,
    cause: "another program listens on port $1 already",
    remedy: "see which, as root on NODE: netstat -ltnp; then end it",
  },
  {
    pattern:
      /(?:unable to determine runtime API version|validate service connection|failed to create kubelet: .*containerd\.sock)/,
    cause: "the kubelet does not reach containerd",
    remedy: "as root on NODE: rc-service containerd restart, and look at /var/log/containerd.log",
  },
  {
    pattern: /too many open files|inotify watches/,
    cause: "the kernel gives the kubelet no more open files or inotify watches",
    remedy: "alpine-k8s doctor --fix",
  },
  {
    pattern: /no space left/,
    cause: "the node's disk is full",
    remedy: "make room on NODE: alpine-k8s ssh NODE -- df -h",
  },
];
