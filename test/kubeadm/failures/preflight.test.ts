import { describe, expect, it } from "vitest";
import { expected, told, type Case } from "./told.js";

const START_OVER =
  "when nothing of it is needed any more, as root on m1: kubeadm reset -f && rm -rf /etc/alpine-k8s /var/lib/etcd";
const ONE_VERSION = "install one version of kubelet and kubeadm on m1, the cluster's: apk add kubeadm kubelet";
const SWAP =
  "as root on m1: swapoff -a, and take it out of /etc/fstab; or say failSwapOn: false in spec.kubernetes.kubeadm.KubeletConfiguration";

/** The lines of kubeadm's checks, without the frame around them. */
const CASES: readonly Case[] = [
  {
    what: "ports",
    by: "1.20",
    lines: ["\t[ERROR Port-6443]: Port 6443 is in use", "\t[ERROR Port-10259]: Port 10259 is in use"],
    cause: "another program listens on port 6443, 10259 already",
    remedies: ["see which, as root on m1: netstat -ltnp; then end it"],
  },
  {
    what: "a folder that is not empty, and a file that is there",
    by: "1.20",
    lines: [
      "\t[ERROR FileAvailable--etc-kubernetes-kubelet.conf]: /etc/kubernetes/kubelet.conf already exists",
      "\t[ERROR DirAvailable--var-lib-etcd]: /var/lib/etcd is not empty",
    ],
    cause:
      "/etc/kubernetes/kubelet.conf is there already, so another Kubernetes was set up on this node; " +
      "/var/lib/etcd is not empty, so another Kubernetes was set up on this node",
    remedies: [START_OVER],
  },
  {
    what: "swap",
    by: "1.20",
    lines: ["\t[ERROR Swap]: running with swap on is not supported. Please disable swap"],
    cause: "swap is on",
    remedies: [SWAP],
  },
  {
    what: "processors and memory",
    by: "1.28",
    lines: [
      "\t[ERROR NumCPU]: the number of available CPUs 1 is less than the required 2",
      "\t[ERROR Mem]: the system RAM (968 MB) is less than the minimum 1700 MB",
    ],
    cause: "a master needs 2 CPUs, and this machine has 1; a master needs 1700 MB of memory, and this machine has 968",
    remedies: [
      "give the machine of m1 more CPUs, or name NumCPU in spec.kubernetes.ignorePreflightErrors",
      "give the machine of m1 more memory, or name Mem in spec.kubernetes.ignorePreflightErrors",
    ],
  },
  {
    what: "a runtime that is down",
    by: "1.20",
    lines: [
      '\t[ERROR CRI]: container runtime is not running: output: time="2026-11-29T12:00:00Z" level=fatal msg="connect: connect endpoint \'unix:///run/containerd/containerd.sock\', make sure you are running as root and the endpoint has been started: context deadline exceeded"',
      ", error: exit status 1",
    ],
    cause: "containerd does not answer",
    remedies: ["as root on m1: rc-service containerd restart, and look at /var/log/containerd.log"],
  },
  {
    what: "a runtime without CRI",
    by: "1.36",
    lines: [
      '\t[ERROR CRI]: could not connect to the container runtime: failed to create new CRI runtime service: validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService',
    ],
    cause: "containerd runs without its CRI plug-in, or is too old for this Kubernetes",
    remedies: ["alpine-k8s doctor --fix  (enables the plug-in); else upgrade containerd on m1: apk upgrade containerd"],
  },
  {
    what: "settings of the kernel, and a program",
    by: "1.20",
    lines: [
      "\t[ERROR FileContent--proc-sys-net-bridge-bridge-nf-call-iptables]: /proc/sys/net/bridge/bridge-nf-call-iptables does not exist",
      "\t[ERROR FileContent--proc-sys-net-ipv4-ip_forward]: /proc/sys/net/ipv4/ip_forward contents are not set to 1",
      "\t[ERROR FileExisting-conntrack]: conntrack not found in system path",
    ],
    cause:
      "the kernel's setting /proc/sys/net/bridge/bridge-nf-call-iptables, /proc/sys/net/ipv4/ip_forward is not 1; " +
      "the program conntrack is not on the node",
    remedies: ["alpine-k8s doctor --fix"],
  },
  {
    what: "cgroups that are missing",
    by: "1.20",
    lines: ["\t[ERROR SystemVerification]: missing required cgroups: memory pids"],
    cause: "the kernel has no cgroups for memory pids",
    remedies: [
      "put cgroup_enable=memory on the kernel's command line of m1 where memory is missing, and start it again",
    ],
  },
  {
    what: "cgroups of version 1",
    by: "1.35",
    lines: [
      "\t[ERROR SystemVerification]: cgroups v1 support is deprecated and will be removed in a future release. Please migrate to cgroups v2. To explicitly enable cgroups v1 support for kubelet v1.35 or newer, you must set the kubelet configuration option 'FailCgroupV1' to 'false'. You must also explicitly skip this validation. For more information, see https://git.k8s.io/enhancements/keps/sig-node/5573-remove-cgroup-v1",
    ],
    cause: "the machine has cgroups of version 1, which this Kubernetes refuses",
    remedies: [
      "start m1 with cgroups of version 2 (rc_cgroup_mode=unified in /etc/rc.conf), or say failCgroupV1: false in spec.kubernetes.kubeadm.KubeletConfiguration",
    ],
  },
  {
    what: "what the system lacks besides",
    by: "1.20",
    lines: ["\t[ERROR SystemVerification]: unexpected kernel config: CONFIG_CGROUP_PIDS"],
    cause: "the machine lacks what Kubernetes needs: unexpected kernel config: CONFIG_CGROUP_PIDS",
    remedies: ["repair it on m1, or name SystemVerification in spec.kubernetes.ignorePreflightErrors"],
  },
  {
    what: "a kubelet that is too old",
    by: "1.28",
    lines: [
      '\t[ERROR KubeletVersion]: Kubelet version "1.24.1" is lower than kubeadm can support. Please upgrade kubelet',
    ],
    cause: "the kubelet 1.24.1 is too old for the node's kubeadm",
    remedies: [ONE_VERSION],
  },
  {
    what: "a kubelet that is too new",
    by: "1.20",
    lines: [
      '\t[ERROR KubeletVersion]: the kubelet version is higher than the control plane version. This is not a supported version skew and may lead to a malfunctional cluster. Kubelet version: "1.21.0" Control plane version: "1.20.2"',
    ],
    cause: "the kubelet 1.21.0 is newer than the control plane, which is 1.20.2",
    remedies: [ONE_VERSION],
  },
  {
    what: "a value of the configuration",
    by: "1.20",
    lines: ['networking.dnsDomain: Invalid value: "a_b": a DNS-1123 subdomain must consist of lower case letters'],
    cause:
      'kubeadm does not take networking.dnsDomain of its configuration: "a_b": a DNS-1123 subdomain must consist of lower case letters',
    remedies: ["correct it in alpine-k8s.yaml"],
  },
  {
    what: "a check that has no row of its own",
    by: "1.28",
    lines: ["\t[ERROR ExternalEtcdVersion]: couldn't parse external etcd version"],
    cause: "kubeadm's check ExternalEtcdVersion says: couldn't parse external etcd version",
    remedies: ["repair it on m1, or name the check in spec.kubernetes.ignorePreflightErrors"],
  },
];

const HELP =
  "[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`";
const BEFORE_1_32 = "error execution phase preflight: [preflight] Some fatal errors occurred:";

describe("kubeadm's checks", () => {
  it.each(CASES)("$what ($by)", (one) => {
    const lines = [BEFORE_1_32, ...one.lines, HELP];
    expect(told(13, "kubeadm init: code 1: ", lines)).toEqual(
      expected("kubeadm failed", "kubeadm init: code 1: ", { ...one, lines }),
    );
  });

  it("come before the last line in newer versions", () => {
    const lines = [
      "\t[ERROR Port-10250]: Port 10250 is in use",
      HELP,
      "error: error execution phase preflight: preflight checks failed",
    ];
    expect(told(13, "kubeadm join: code 1: ", lines)).toEqual({
      message:
        "m1: kubeadm failed: another program listens on port 10250 already\n" +
        "  kubeadm join: code 1:  [ERROR Port-10250]: Port 10250 is in use\n" +
        "  error: error execution phase preflight: preflight checks failed",
      hints: ["see which, as root on m1: netstat -ltnp; then end it", "then: alpine-k8s up"],
    });
  });
});
