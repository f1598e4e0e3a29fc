import type { FailureRow } from "./failure-row.js";

const START_OVER =
  "when nothing of it is needed any more, as root on NODE: kubeadm reset -f && rm -rf /etc/alpine-k8s /var/lib/etcd";
const MAKE_SO = "alpine-k8s doctor --fix";

/** What kubeadm's checks before its work refuse (cmd/kubeadm/app/preflight; k8s.io/system-validators). */
export const PREFLIGHT_FAILURES: readonly FailureRow[] = [
  {
    pattern: /\[ERROR Port-[^\]]*\]: Port (\d+) is in use/,
    cause: "another program listens on port $1 already",
    remedy: "see which, as root on NODE: netstat -ltnp; then end it",
  },
  {
    pattern: /\[ERROR DirAvailable-[^\]]*\]: (\S+) is not empty/,
    cause: "$1 is not empty, so another Kubernetes was set up on this node",
    remedy: START_OVER,
  },
  {
    pattern: /\[ERROR FileAvailable-[^\]]*\]: (\S+) already exists/,
    cause: "$1 is there already, so another Kubernetes was set up on this node",
    remedy: START_OVER,
  },
  {
    pattern: /a kubeconfig file "([^"]*)" exists already but has got the wrong CA cert/,
    cause: "$1 was made with another CA, so another Kubernetes was set up on this node",
    remedy: START_OVER,
  },
  {
    pattern: /\[ERROR Swap\]/,
    cause: "swap is on",
    remedy:
      "as root on NODE: swapoff -a, and take it out of /etc/fstab; or say failSwapOn: false in " +
      "spec.kubernetes.kubeadm.KubeletConfiguration",
  },
  {
    pattern: /\[ERROR NumCPU\]: the number of available CPUs (\d+) is less than the required (\d+)/,
    cause: "a master needs $2 CPUs, and this machine has $1",
    remedy: "give the machine of NODE more CPUs, or name NumCPU in spec.kubernetes.ignorePreflightErrors",
  },
  {
    pattern: /\[ERROR Mem\]: the system RAM \((\d+) MB\) is less than the minimum (\d+) MB/,
    cause: "a master needs $2 MB of memory, and this machine has $1",
    remedy: "give the machine of NODE more memory, or name Mem in spec.kubernetes.ignorePreflightErrors",
  },
  {
    pattern: /unknown service runtime\.v1(?:alpha2)?\.(?:Runtime|Image)Service/,
    cause: "containerd runs without its CRI plug-in, or is too old for this Kubernetes",
    remedy: "alpine-k8s doctor --fix  (enables the plug-in); else upgrade containerd on NODE: apk upgrade containerd",
  },
  {
    pattern: /\[ERROR CRI\]/,
    cause: "containerd does not answer",
    remedy: "as root on NODE: rc-service containerd restart, and look at /var/log/containerd.log",
  },
  {
    pattern: /\[ERROR FileContent-[^\]]*\]: (\S+) (?:contents are not set to 1|does not exist)/,
    cause: "the kernel's setting $1 is not 1",
    remedy: MAKE_SO,
  },
  {
    pattern: /\[ERROR FileExisting-([^\]]*)\]/,
    cause: "the program $1 is not on the node",
    remedy: MAKE_SO,
  },
  {
    pattern: /missing required cgroups: ([a-z_]+(?: [a-z_]+)*)/,
    cause: "the kernel has no cgroups for $1",
    remedy: "put cgroup_enable=memory on the kernel's command line of NODE where memory is missing, and start it again",
  },
  {
    pattern: /unsupported kernel release: (\S+)/,
    cause: "kubeadm does not know the kernel $1",
    remedy: "use another kernel on NODE, or name SystemVerification in spec.kubernetes.ignorePreflightErrors",
  },
  {
    pattern:
      /kubelet is configured to not run on a host using cgroup v1|\[ERROR SystemVerification\]: cgroups? v1 support/,
    cause: "the machine has cgroups of version 1, which this Kubernetes refuses",
    remedy:
      "start NODE with cgroups of version 2 (rc_cgroup_mode=unified in /etc/rc.conf), or say failCgroupV1: false in " +
      "spec.kubernetes.kubeadm.KubeletConfiguration",
  },
  {
    pattern: /\[ERROR SystemVerification\]: (.+)/,
    cause: "the machine lacks what Kubernetes needs: $1",
    remedy: "repair it on NODE, or name SystemVerification in spec.kubernetes.ignorePreflightErrors",
  },
  {
    pattern: /Kubelet version "([^"]*)" is lower than kubeadm can support/,
    cause: "the kubelet $1 is too old for the node's kubeadm",
    remedy: "install one version of kubelet and kubeadm on NODE, the cluster's: apk add kubeadm kubelet",
  },
  {
    pattern:
      /the kubelet version is higher than the control plane version\..* Kubelet version: "([^"]*)" Control plane version: "([^"]*)"/,
    cause: "the kubelet $1 is newer than the control plane, which is $2",
    remedy: "install one version of kubelet and kubeadm on NODE, the cluster's: apk add kubeadm kubelet",
  },
  {
    pattern: /only supports deploying clusters with the control plane version >= (\S+)\. Current version: (\S+)/,
    cause: "the node's kubeadm wants a control plane of $1 or newer, and the cluster's is $2",
    remedy: "install the kubeadm and the kubelet of the cluster's version on NODE",
  },
  {
    pattern: /\[ERROR Hostname\]: (.+)/,
    cause: "kubeadm does not take the node's name: $1",
    remedy: "correct the name of NODE in alpine-k8s.yaml",
  },
  {
    pattern: /\[ERROR IsPrivilegedUser\]/,
    cause: "kubeadm does not run as root",
    remedy: "let the user of NODE become root: alpine-k8s doctor names how",
  },
  {
    pattern: /([A-Za-z][A-Za-z.[\]0-9]*): Invalid value: (.+)/,
    cause: "kubeadm does not take $1 of its configuration: $2",
    remedy: "correct it in alpine-k8s.yaml",
    general: true,
  },
  {
    pattern: /\[ERROR ([A-Za-z]+)[^\]]*\]: (.+)/,
    cause: "kubeadm's check $1 says: $2",
    remedy: "repair it on NODE, or name the check in spec.kubernetes.ignorePreflightErrors",
    general: true,
  },
];
