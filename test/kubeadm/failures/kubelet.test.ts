import { describe, expect, it } from "vitest";
import { expected, told, type Case } from "./told.js";

const ARGUMENTS =
  "take it out of kubeletExtraArgs in alpine-k8s.yaml, and as root on m1 out of /var/lib/kubelet/kubeadm-flags.env";
const CONFIGURATION = "correct KubeletConfiguration in alpine-k8s.yaml, and as root on m1 /var/lib/kubelet/config.yaml";
const fatal = (place: string, words: string): readonly string[] => [`F1129 12:00:01.000001    4242 ${place}] ${words}`];
const command = (words: string): readonly string[] => [
  `E1129 12:00:01.000001    4242 run.go:72] "command failed" err="${words}"`,
];

const CASES: readonly Case[] = [
  {
    what: "swap",
    by: "1.20",
    lines: fatal(
      "server.go:269",
      "failed to run Kubelet: running with swap on is not supported, please disable swap! or set --fail-swap-on flag to false. /proc/swaps contained: [Filename Type Size Used Priority /dev/vdb partition 524284 0 -2]",
    ),
    cause: "the kubelet does not run with swap",
    remedies: [
      "as root on m1: swapoff -a, and take it out of /etc/fstab; or say failSwapOn: false in spec.kubernetes.kubeadm.KubeletConfiguration",
    ],
  },
  {
    what: "the cgroup driver of systemd",
    by: "1.28",
    lines: [
      'E1129 12:00:01.000001    4242 kubelet.go:1511] "Failed to start ContainerManager" err="systemd not running on this host, cannot use systemd cgroups manager"',
    ],
    cause: "the kubelet is told to use the cgroup driver of systemd, which Alpine does not have",
    remedies: ["as root on m1, say cgroupDriver: cgroupfs in /var/lib/kubelet/config.yaml"],
  },
  {
    what: "the cgroup driver of systemd",
    by: "1.20",
    lines: fatal(
      "kubelet.go:1350",
      "Failed to start ContainerManager systemd not running on this host, can't use systemd as cgroups manager",
    ),
    cause: "the kubelet is told to use the cgroup driver of systemd, which Alpine does not have",
    remedies: ["as root on m1, say cgroupDriver: cgroupfs in /var/lib/kubelet/config.yaml"],
  },
  {
    what: "two cgroup drivers",
    by: "1.20",
    lines: fatal(
      "server.go:269",
      'failed to run Kubelet: misconfiguration: kubelet cgroup driver: "systemd" is different from docker cgroup driver: "cgroupfs"',
    ),
    cause: "the kubelet's cgroup driver is systemd, and the runtime's is cgroupfs",
    remedies: ["as root on m1, say cgroupDriver: cgroupfs in /var/lib/kubelet/config.yaml"],
  },
  {
    what: "no cgroups",
    by: "1.20",
    lines: fatal(
      "server.go:269",
      "failed to run Kubelet: failed to get mounted cgroup subsystems: failed to find cgroup mounts",
    ),
    cause: "the kubelet does not find the cgroups that it needs",
    remedies: ["alpine-k8s doctor --fix"],
  },
  {
    what: "cgroups of version 1",
    by: "1.36",
    lines: command(
      "failed to validate kubelet configuration, error: kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed in a future release",
    ),
    cause: "the machine has cgroups of version 1, which this Kubernetes refuses",
    remedies: [
      "start m1 with cgroups of version 2 (rc_cgroup_mode=unified in /etc/rc.conf), or say failCgroupV1: false in spec.kubernetes.kubeadm.KubeletConfiguration",
    ],
  },
  {
    what: "an argument that it does not know",
    by: "1.20",
    lines: fatal("server.go:155", "unknown flag: --nonsense"),
    cause: "the kubelet does not know the argument --nonsense",
    remedies: [ARGUMENTS],
  },
  {
    what: "an argument that it does not know",
    by: "1.31",
    lines: command("failed to parse kubelet flag: unknown flag: --container-runtime"),
    cause: "the kubelet does not know the argument --container-runtime",
    remedies: [ARGUMENTS],
  },
  {
    what: "a label that it may not give",
    by: "1.31",
    lines: command(
      "failed to validate kubelet flags: unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [node-role.kubernetes.io/worker]",
    ),
    cause: "the kubelet may not give its own node the label node-role.kubernetes.io/worker",
    remedies: [`give it once the node has joined, with kubectl label; ${ARGUMENTS}`],
  },
  {
    what: "a feature gate",
    by: "1.20",
    lines: fatal("server.go:192", "unrecognized feature gate: Nonsense"),
    cause: "the kubelet does not know the feature gate Nonsense",
    remedies: [CONFIGURATION],
  },
  {
    what: "no configuration",
    by: "1.20",
    lines: fatal(
      "server.go:198",
      'failed to load Kubelet config file /var/lib/kubelet/config.yaml, error failed to read kubelet config file "/var/lib/kubelet/config.yaml", error: open /var/lib/kubelet/config.yaml: no such file or directory',
    ),
    cause: "the kubelet's configuration, /var/lib/kubelet/config.yaml, is not there",
    remedies: ["put it back from another node of the cluster: it is the same on all"],
  },
  {
    what: "a field of the configuration",
    by: "1.36",
    lines: command(
      'failed to load kubelet config file, path: /var/lib/kubelet/config.yaml, error: failed to load Kubelet config file /var/lib/kubelet/config.yaml, error failed to decode: strict decoding error: unknown field \\"nonsense\\"',
    ),
    cause: "the kubelet's configuration has a field that it does not know, nonsense",
    remedies: [CONFIGURATION],
  },
  {
    what: "a value of the configuration",
    by: "1.20",
    lines: fatal("server.go:215", "invalid configuration: nodeLeaseDurationSeconds must be greater than 0"),
    cause: "the kubelet does not take its configuration: nodeLeaseDurationSeconds must be greater than 0",
    remedies: [CONFIGURATION],
  },
  {
    what: "a runtime that is down",
    by: "1.31",
    lines: command(
      'failed to run Kubelet: validate service connection: validate CRI v1 runtime API for endpoint \\"unix:///run/containerd/containerd.sock\\": rpc error: code = Unavailable desc = connection error',
    ),
    cause: "the kubelet does not reach containerd",
    remedies: ["as root on m1: rc-service containerd restart, and look at /var/log/containerd.log"],
  },
  {
    what: "a certificate that has ended",
    by: "1.20",
    lines: [
      "E1129 12:00:01.000001    4242 bootstrap.go:265] part of the existing bootstrap client certificate is expired: 2026-11-01 00:00:00 +0000 UTC",
    ],
    cause: "the kubelet's own certificate ended on 2026-11-01 00:00:00 +0000 UTC",
    remedies: ["see what there is to do: alpine-k8s certs status"],
  },
  {
    what: "a port",
    by: "1.20",
    lines: fatal("server.go:158", "listen tcp 0.0.0.0:10250: bind: address already in use"),
    cause: "another program listens on port 10250 already",
    remedies: ["see which, as root on m1: netstat -ltnp; then end it"],
  },
  {
    what: "a full disk",
    by: "1.20",
    lines: fatal("server.go:269", "failed to run Kubelet: mkdir /var/lib/kubelet/pods: no space left on device"),
    cause: "the node's disk is full",
    remedies: ["make room on m1: alpine-k8s ssh m1 -- df -h"],
  },
];

const BEFORE = "kubelet: it did not come up during kubeadm init: service started, healthz: no answer";
const LOG = "last lines of /var/log/kubelet/kubelet.log: ";
const KUBEADM = "kubeadm: error execution phase wait-control-plane: couldn't initialize a Kubernetes cluster";

describe("kubelets that do not come up", () => {
  it.each(CASES)("$what ($by): its reason, not what kubeadm makes of it", (one) => {
    const lines = [BEFORE, `${LOG}${one.lines.join("; ")}`, KUBEADM];
    expect(told(17, "", lines)).toEqual(expected("the kubelet does not come up", "", { ...one, lines }));
  });
});
