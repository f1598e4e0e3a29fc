/** Types of a validated spec, after `with-defaults.ts` has filled in the defaults. */

export type ProviderName = "vagrant" | "hosts";
export type Role = "master" | "minion";

/** Vagrant providers that we render for; docs/providers.md says which of them are tested. */
export const VAGRANT_PROVIDER_NAMES = [
  "libvirt",
  "virtualbox",
  "docker",
  "qemu",
  "hyperv",
  "vmware_desktop",
  "parallels",
] as const;
export type VagrantProviderName = (typeof VAGRANT_PROVIDER_NAMES)[number];

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** Size and Kubernetes marks of a node. `memory` is in MiB. */
export interface NodeShape {
  readonly cpus: number;
  readonly memory: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

export interface NodeGroup extends NodeShape {
  readonly count: number;
}

/** One entry of `nodes.list`; what is absent comes from the group of its role. */
export interface ListedNode {
  readonly name: string;
  readonly role: Role;
  readonly address?: string;
  readonly cpus?: number;
  readonly memory?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
}

export type Become = "auto" | "none" | "sudo" | "doas";

/** A machine that exists already, for `provider: hosts`. */
export interface HostEntry {
  readonly name: string;
  readonly role: Role;
  /** Where ssh goes. */
  readonly address: string;
  /** The node's own address inside the cluster; the same as `address` unless given. */
  readonly privateAddress: string;
  readonly port: number;
  readonly user: string;
  readonly become: Become;
  /** Absent: the user's agent and default keys. `~` is not expanded yet. */
  readonly identityFile?: string;
  /** An OpenSSH public host key, `ssh-ed25519 AAAA…`; empty: accepted once, printed, pinned. */
  readonly hostKey: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** An add-on by name, from the catalogue or from a manifest of the user's own. */
export interface AddonRef {
  readonly name: string;
  readonly version?: string;
  /** File (relative to the cluster folder) or http(s) URL. */
  readonly manifest?: string;
  /** Lower-case hex; required for a URL. */
  readonly sha256?: string;
  /** Of the parameters of the catalogue's entry; checked against it when it is read. */
  readonly values?: Readonly<Record<string, string | number | boolean>>;
}

/** A catalogue of one's own: either a folder, or a file from the net with its sum. */
export interface CatalogueRef {
  /** Relative to the cluster folder. */
  readonly folder?: string;
  readonly url?: string;
  /** Lower-case hex. */
  readonly sha256?: string;
}

/** Kinds of documents in kubeadm's configuration that users may add to. */
export type KubeadmKind =
  | "ClusterConfiguration"
  | "KubeletConfiguration"
  | "InitConfiguration"
  | "JoinConfiguration"
  | "KubeProxyConfiguration";

export interface KubernetesSpec {
  /** `vX.Y.Z[+build]`; absent: what the box, or the first host, says it carries. */
  readonly version?: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
  readonly apiServer: { readonly endpoint: string; readonly certSANs: readonly string[] };
  readonly ignorePreflightErrors: readonly string[];
  readonly kubeadm: Readonly<Record<KubeadmKind, Readonly<Record<string, unknown>>>>;
}

export interface ClusterSpec {
  readonly name: string;
  readonly domain: string;
  readonly kubernetes: KubernetesSpec;
  readonly provider: ProviderName;
  readonly vagrant: {
    /** Absent: the first usable one on this computer. */
    readonly provider?: VagrantProviderName;
    readonly box: string;
    readonly boxUrl: string;
    /** Lower-case hex, empty when not given. */
    readonly boxSha256: string;
    /** Catalogue that a box which is not named is chosen from: a file, relative to the cluster folder, or a URL; absent: none. */
    readonly boxCatalog?: string;
    /** Image that a box which is not here is built of: a file, relative to the cluster folder, or a URL; absent: Alpine's. */
    readonly boxBase?: string;
    /** Its sum, lower-case hex; absent: the one beside it. */
    readonly boxBaseSha512?: string;
    /** Mirror of Alpine's server that such a box is built with; absent: Alpine's own. */
    readonly boxMirror?: string;
    /** Image of the nodes' containers; present with `provider: docker` and only then. */
    readonly image?: string;
    /** CIDR; absent: the Vagrant provider's default. */
    readonly network?: string;
  };
  readonly nodes: { readonly masters: NodeGroup; readonly minions: NodeGroup; readonly list: readonly ListedNode[] };
  readonly hosts: readonly HostEntry[];
  readonly images: { readonly repository: string };
  readonly proxy: {
    readonly http: string;
    readonly https: string;
    /** PEM file with the CAs of a proxy that intercepts TLS, relative to the cluster folder; empty: none. */
    readonly ca: string;
    readonly noProxy: readonly string[];
  };
  /** `mirror` stands in for https://dl.k8s.io; empty: none. */
  readonly kubectl: { readonly mirror: string };
  readonly network: "default" | "none";
  readonly addons: readonly AddonRef[];
  /** Besides the delivered one. */
  readonly catalogues: readonly CatalogueRef[];
}
