import type {
  AlpineRelease,
  CanalRelease,
  ContainerdFormat,
  KubeadmFormat,
  KubernetesMinor,
  Packaged,
  Runtime,
  Trap,
} from "./facts.js";

const seen = (...versions: string[]): Packaged => ({ versions, seen: true });
const inferred = (...versions: string[]): Packaged => ({ versions, seen: false });

/**
 * Minors of Kubernetes, newest first: those that kubeadm's documents are made for. Ends: endoflife-date/endoflife.date,
 * products/kubernetes.md of 2026-08-22; of 1.37: kubernetes.io/releases/1.37. containerd: the matrix in its RELEASES.md of
 * August 2026.
 */
export const KUBERNETES: readonly KubernetesMinor[] = [
  { minor: 37, ends: "2027-10-28", containerd: [] },
  { minor: 36, ends: "2027-06-28", containerd: ["2.3.0", "2.2.0"] },
  { minor: 35, ends: "2027-02-28", containerd: ["2.2.0", "2.1.5", "1.7.28"] },
  { minor: 34, ends: "2026-10-27", containerd: ["2.1.3", "2.0.6", "1.7.28"] },
  { minor: 33, ends: "2026-06-28", containerd: ["2.1.0", "2.0.4", "1.7.24"] },
  { minor: 32, ends: "2026-02-28", containerd: [] },
  { minor: 31, ends: "2025-11-11", containerd: [] },
  { minor: 30, ends: "2025-07-15", containerd: [] },
  { minor: 29, ends: "2025-02-28", containerd: [] },
  { minor: 28, ends: "2024-10-28", containerd: [] },
  { minor: 27, ends: "2024-06-28", containerd: [] },
  { minor: 26, ends: "2024-02-28", containerd: [] },
  { minor: 25, ends: "2023-10-27", containerd: [] },
  { minor: 24, ends: "2023-07-28", containerd: [] },
  { minor: 23, ends: "2023-02-28", containerd: [] },
  { minor: 22, ends: "2022-10-28", containerd: [] },
  { minor: 21, ends: "2022-06-28", containerd: [] },
  { minor: 20, ends: "2022-02-28", containerd: [] },
];

const UNKNOWN = { containerd: undefined, docker: undefined, openrc: undefined };

/**
 * Releases of Alpine, newest first. Days: endoflife-date/endoflife.date, products/alpine-linux.md of 2026-08-22. Each has
 * one minor of Kubernetes, at one patch: of 3.21 to 3.24 the public Dockerfiles that Renovate pins to the releases' kubectl
 * name no other, only rebuilds. docker of 3.22: node listings of Rancher Desktop; of 3.23: read as 29.1.3-r2, the place was not
 * noted. OpenRC of 3.21 and 3.22: linuxkit/linuxkit, tools/alpine/versions.x86_64. containerd of 3.18: a listing of nodes.
 * All others are concluded from the months in which the projects and Alpine released.
 */
export const ALPINE: readonly AlpineRelease[] = [
  {
    ...{ release: "3.24", released: "2026-06-09", ends: "2028-06-01", kubernetes: seen("1.36.1") },
    ...{ containerd: inferred("2.2", "2.3"), docker: undefined, openrc: inferred("0.63") },
  },
  {
    ...{ release: "3.23", released: "2025-12-04", ends: "2027-11-01", kubernetes: seen("1.34.2") },
    ...{ containerd: inferred("2.2"), docker: seen("29.1.3"), openrc: inferred("0.63") },
  },
  {
    ...{ release: "3.22", released: "2025-05-30", ends: "2027-05-01", kubernetes: seen("1.33.1") },
    ...{ containerd: inferred("2.1"), docker: seen("28.3.3"), openrc: seen("0.62.6") },
  },
  {
    ...{ release: "3.21", released: "2024-12-05", ends: "2026-11-01", kubernetes: seen("1.31.5"), ...UNKNOWN },
    openrc: seen("0.55.1"),
  },
  { release: "3.20", released: "2024-05-22", ends: "2026-04-01", kubernetes: inferred("1.30.0"), ...UNKNOWN },
  { release: "3.19", released: "2023-12-07", ends: "2025-11-01", kubernetes: inferred("1.28"), ...UNKNOWN },
  {
    ...{ release: "3.18", released: "2023-05-09", ends: "2025-05-09", kubernetes: inferred("1.27"), ...UNKNOWN },
    containerd: seen("1.7.2"),
  },
];

/**
 * Formats of kubeadm's documents: v1beta2 is gone in 1.27 (kubernetes PR 114540), v1beta3 in 1.37 (PR 136016); v1beta4 is
 * the own format since 1.31 (PR 125029).
 */
export const KUBEADM_FORMATS: readonly KubeadmFormat[] = [
  { api: "v1beta2", minors: [20, 21] },
  { api: "v1beta3", minors: [22, 30] },
  { api: "v1beta4", minors: [31, 37] },
];

/** The minor without the kubelet's own way to Docker (kubernetes.io, "Dockershim removal"). */
export const DOCKERSHIM_GONE = 24;
/** The minor whose kubelet refuses cgroups of version 1, unless `failCgroupV1: false` (kubernetes KEP-5573, PR 134298). */
export const CGROUP_V1_REFUSED = 35;

/**
 * Runtimes and Alpine's packages (aports, community; of cri-o and docker older versions were read). cri-dockerd was found in
 * neither community nor testing. CRI-O's minor should be that of Kubernetes. Sockets: kubernetes.io, "Container Runtimes";
 * containerd's and CRI-O's: Alpine's packages.
 */
export const RUNTIMES: readonly Runtime[] = [
  {
    ...{ name: "containerd", through: "CRI", minors: [20], packages: ["containerd", "runc", "cri-tools"], missing: [] },
    socket: "/run/containerd/containerd.sock",
  },
  {
    ...{ name: "crio", through: "CRI", minors: [20], packages: ["cri-o", "cri-tools"], missing: [] },
    socket: "/var/run/crio/crio.sock",
  },
  {
    ...{ name: "docker", through: "dockershim", minors: [20, DOCKERSHIM_GONE - 1], packages: ["docker"], missing: [] },
    socket: "/var/run/dockershim.sock",
  },
  {
    ...{ name: "docker", through: "cri-dockerd", minors: [DOCKERSHIM_GONE], packages: ["docker"] },
    ...{ missing: ["cri-dockerd"], socket: "/var/run/cri-dockerd.sock" },
  },
];

/** Formats of containerd's configuration: what its tags write as default, and docs/cri/config.md. */
export const CONTAINERD_FORMATS: readonly ContainerdFormat[] = [
  { series: "2.3", version: 4, cniKey: "bin_dirs", sandboxKey: "pinned_images.sandbox" },
  { series: "2.2", version: 3, cniKey: "bin_dirs", sandboxKey: "pinned_images.sandbox" },
  { series: "2.1", version: 3, cniKey: "bin_dirs", sandboxKey: "pinned_images.sandbox" },
  { series: "2.0", version: 3, cniKey: "bin_dir", sandboxKey: "pinned_images.sandbox" },
  { series: "1.7", version: 2, cniKey: "bin_dir", sandboxKey: "sandbox_image" },
];

/** Where Alpine's cni-plugins and runtimes have plugins (aports, cni-plugins), and where networks put theirs (canal.yaml). */
export const CNI_FOLDERS = { alpine: "/usr/libexec/cni", networks: "/opt/cni/bin" } as const;

/** Releases of Canal, newest first, each minor with one; docs/addons.md says where the ranges come from. */
export const CANAL: readonly CanalRelease[] = [
  { version: "v3.32.1", minors: [34, 37] },
  { version: "v3.31.7", minors: [32, 33] },
  { version: "v3.29.7", minors: [29, 31] },
  { version: "v3.28.5", minors: [28, 28] },
  { version: "v3.27.5", minors: [20, 27] },
];

/**
 * What went wrong with kubelets on OpenRC 0.54 until it was done as said here. What is said of versions: OpenRC's NEWS.md and
 * its tags; of sysctl: init.d/sysctl of 0.62.6.
 */
export const TRAPS: readonly Trap[] = [
  {
    id: "respawn",
    what: "supervise-daemon gives a kubelet up after 10 crashes: before 0.62 of all time, since then within about 12 s",
    remedy: "respawn_max=0 and respawn_delay=5 in /etc/conf.d/kubelet; respawn_period=0 is refused",
  },
  {
    id: "mounts-private",
    what: "/ is private at boot, and scripts of local.d run after the kubelet has started pods",
    remedy: "a service of the boot runlevel with mount --make-rshared /, or from 0.55 on rshared in /etc/fstab",
  },
  {
    id: "cgroup-driver",
    what: "kubeadm writes cgroupDriver: systemd, with which the kubelet ends",
    remedy: "cgroupDriver: cgroupfs in the KubeletConfiguration, SystemdCgroup = false in containerd's file",
  },
  {
    id: "cgroup-mode",
    what: "before 0.51 cgroups of both versions are mounted, and Kubernetes from 1.35 on refuses version 1",
    remedy: 'rc_cgroup_mode="unified" in /etc/rc.conf, and a reboot',
  },
  {
    id: "sysctl-order",
    what: "the service sysctl may run before modules, and keys of net.bridge are there only with br_netfilter",
    remedy: 'rc_after="modules" in /etc/conf.d/sysctl, or one service that does both',
  },
];
