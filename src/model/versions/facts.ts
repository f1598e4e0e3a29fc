/** A day in UTC as ISO 8601 writes it: `2027-06-28`. */
export type Day = string;

/** First and last minor of Kubernetes 1.x; without a last one every newer minor counts, too. */
type Minors = readonly [first: number, last?: number];

/**
 * Versions of a package in an Alpine release, as far as they are known: `1.36.1`, or only `2.2` for every 2.2.x; several
 * when it is one of them. `seen`: read in the source that the table names. What is not seen is concluded from other facts;
 * it is shown with a question mark and never the reason to refuse anything.
 */
export interface Packaged {
  readonly versions: readonly string[];
  readonly seen: boolean;
}

/** A minor of Kubernetes 1.x. */
export interface KubernetesMinor {
  readonly minor: number;
  /** The last day on which upstream makes fixes. */
  readonly ends: Day;
  /** The oldest containerd of each series that containerd's own matrix names for it; empty when it was not looked up. */
  readonly containerd: readonly string[];
}

/** A release of Alpine, and what its repositories have. */
export interface AlpineRelease {
  /** `3.24`. */
  readonly release: string;
  readonly released: Day;
  /** The last day on which it gets fixes. */
  readonly ends: Day;
  /** Of kubeadm, kubelet and kubectl, which are one package source. */
  readonly kubernetes: Packaged | undefined;
  readonly containerd: Packaged | undefined;
  readonly docker: Packaged | undefined;
  readonly openrc: Packaged | undefined;
}

/** Formats of kubeadm's own documents, oldest first. */
export type KubeadmApiVersion = "v1beta2" | "v1beta3" | "v1beta4";

/** The minors whose newest format of kubeadm's documents it is. */
export interface KubeadmFormat {
  readonly api: KubeadmApiVersion;
  readonly minors: readonly [first: number, last: number];
}

/** The names of runtimes in names of boxes. */
export type RuntimeName = "containerd" | "crio" | "docker";

/** A way in which a kubelet reaches a container runtime. */
export interface Runtime {
  readonly name: RuntimeName;
  /** What stands between it and the kubelet. */
  readonly through: "CRI" | "dockershim" | "cri-dockerd";
  readonly minors: Minors;
  /** Alpine's packages, all in community. */
  readonly packages: readonly string[];
  /** What it needs and no Alpine release has a package of. */
  readonly missing: readonly string[];
  readonly socket: string;
}

/** How a series of containerd writes its configuration. */
export interface ContainerdFormat {
  readonly series: string;
  /** Its `version = N`; older ones are converted when they are read. */
  readonly version: 2 | 3 | 4;
  /** The key of the folder, or folders, with CNI plugins. */
  readonly cniKey: "bin_dir" | "bin_dirs";
  /** The key of the sandbox image. */
  readonly sandboxKey: "sandbox_image" | "pinned_images.sandbox";
}

/** A release of Canal, chosen for these minors. The sum of its manifest is in templates/addons/canal.yaml. */
export interface CanalRelease {
  readonly version: string;
  readonly minors: readonly [first: number, last: number];
}

/** Something in which OpenRC differs from what Kubernetes takes for granted. */
export interface Trap {
  readonly id: string;
  readonly what: string;
  /** What helps. */
  readonly remedy: string;
}
