import type { FailureRow } from "./failure-row.js";

const LOOK = "as root on NODE: crictl ps -a, and the logs below /var/log/pods";

/** etcd and the control plane, as kubeadm waits for them. */
export const CONTROL_PLANE_FAILURES: readonly FailureRow[] = [
  {
    pattern: /etcdserver: (?:Peer URLs already exists|member ID already exist)/,
    cause: "etcd has a member with this node's address already",
    remedy: "the next run takes it out and joins anew; when that does not help: alpine-k8s remove-node NODE",
  },
  {
    pattern: /etcdserver: can only promote a learner member which is in sync with leader/,
    cause: "the node's new member of etcd did not catch up with the others in time",
    remedy: "check the disk and the network of NODE, and how the others are: alpine-k8s status",
  },
  {
    pattern: /etcdserver: too many learner members in cluster/,
    cause: "etcd has a new member already that did not come up",
    remedy:
      "see which master did not join: alpine-k8s status; bring it up first, or take it out: alpine-k8s remove-node NAME",
  },
  {
    pattern: /etcdserver: (?:unhealthy cluster|re-configuration failed due to not enough started members)/,
    cause: "etcd takes no new member while one of its members does not run",
    remedy:
      "see which master is down: alpine-k8s status; bring it up first, or take it out: alpine-k8s remove-node NAME",
  },
  {
    pattern: /etcd cluster is not healthy/,
    cause: "a member of etcd does not answer, and no master can join until it does",
    remedy:
      "see which master is down: alpine-k8s status; bring it up first, or take it out: alpine-k8s remove-node NAME",
  },
  {
    pattern: /timeout waiting for etcd cluster to be available/,
    cause: "the node's new member of etcd did not come up in time",
    remedy: `see why, ${LOOK}`,
  },
  {
    pattern: /(kube-apiserver|kube-controller-manager|kube-scheduler) check failed at /,
    cause: "$1 did not become healthy in time",
    remedy: `see why, ${LOOK}`,
  },
  {
    pattern: /failed while waiting for the kubelet to start/,
    cause: "the kubelet did not become healthy in time",
    remedy: "look at /var/log/kubelet/kubelet.log on NODE",
    general: true,
  },
  {
    pattern: /(?:couldn't|could not) initialize a Kubernetes cluster/,
    cause: "the control plane did not come up in time",
    remedy: `see why, ${LOOK}`,
    general: true,
  },
  {
    pattern:
      /error execution phase (\S+?):.*(?:connection refused|i\/o timeout|deadline exceeded|handshake timeout|no route to host|EOF|timed out waiting for the condition)/,
    cause: "the API did not answer during kubeadm's phase $1",
    remedy: "see whether a master answers: alpine-k8s status",
    general: true,
  },
];
