import type { AddonRef, ClusterSpec, HostEntry, KubernetesSpec, ListedNode, NodeGroup, Taint } from "./cluster-spec.js";
import type { RawCluster, RawSpec } from "./cluster-shape.js";
import { ADDRESS_SINCE_MASTERS, defaultAddons, DEFAULTS, nameFromFolder } from "./defaults.js";

type RawNodes = NonNullable<RawSpec["nodes"]>;
type RawGroup = NonNullable<RawNodes["masters"]>;
type RawListedNode = NonNullable<NonNullable<RawNodes["list"]>[number]>;
type RawHost = NonNullable<NonNullable<RawSpec["hosts"]>[number]>;
type RawTaints = RawGroup["taints"];

const KUBEADM: ClusterSpec["kubernetes"]["kubeadm"] = {
  ClusterConfiguration: {},
  KubeletConfiguration: {},
  InitConfiguration: {},
  JoinConfiguration: {},
  KubeProxyConfiguration: {},
};

/**
 * Fills every gap with its default. Lists of nodes, hosts and add-ons keep their positions: an unreadable entry becomes
 * one with empty text. The result of a spec with problems is therefore only good for finding more of them.
 * `kubernetesVersion` is the cluster's, for a spec that does not say it.
 */
export function withDefaults(raw: RawCluster, folderName: string, kubernetesVersion?: string): ClusterSpec {
  const { domain, provider, network } = DEFAULTS;
  const spec = { domain, provider, network, ...raw.spec };
  return {
    name: raw.metadata?.name ?? nameFromFolder(folderName),
    domain: spec.domain,
    kubernetes: kubernetesOf(spec.kubernetes ?? {}),
    provider: spec.provider,
    vagrant: { box: DEFAULTS.box, boxUrl: "", boxSha256: "", ...spec.vagrant },
    nodes: nodesOf(spec.nodes ?? {}),
    hosts: (spec.hosts ?? []).map((host) => hostOf(host ?? {})),
    images: { repository: "", ...spec.images },
    proxy: { http: "", https: "", ca: "", ...spec.proxy, noProxy: dense(spec.proxy?.noProxy) },
    kubectl: { mirror: "", ...spec.kubectl },
    network: spec.network,
    addons: addonsOf(spec, raw.spec?.kubernetes?.version ?? kubernetesVersion),
    catalogues: (spec.catalogues ?? []).map((entry) => entry ?? {}),
  };
}

function dense<T>(list: readonly (T | undefined)[] | undefined): readonly T[] {
  return (list ?? []).filter((entry) => entry !== undefined);
}

function kubernetesOf(raw: NonNullable<RawSpec["kubernetes"]>): KubernetesSpec {
  const { podSubnet, serviceSubnet, dnsDomain } = DEFAULTS;
  return {
    podSubnet,
    serviceSubnet,
    dnsDomain,
    ...raw,
    apiServer: { endpoint: raw.apiServer?.endpoint ?? "", certSANs: dense(raw.apiServer?.certSANs) },
    ignorePreflightErrors: dense(raw.ignorePreflightErrors),
    kubeadm: { ...KUBEADM, ...raw.kubeadm },
  };
}

function nodesOf(raw: RawNodes): ClusterSpec["nodes"] {
  return {
    masters: groupOf(raw.masters ?? {}, DEFAULTS.masters),
    minions: groupOf(raw.minions ?? {}, DEFAULTS.minions),
    list: (raw.list ?? []).map((node) => listedNodeOf(node ?? {})),
  };
}

function taintsOf(raw: RawTaints): readonly Taint[] {
  return dense(raw).map((taint) => ({
    key: taint.key ?? "",
    value: taint.value ?? "",
    effect: taint.effect ?? "NoSchedule",
  }));
}

function groupOf(raw: RawGroup, count: number): NodeGroup {
  const { cpus, memory } = DEFAULTS;
  return { count, cpus, memory, labels: {}, ...raw, taints: taintsOf(raw.taints) };
}

function listedNodeOf({ taints, ...raw }: RawListedNode): ListedNode {
  return { name: "", role: "minion", ...raw, ...(taints === undefined ? {} : { taints: taintsOf(taints) }) };
}

function hostOf(raw: RawHost): HostEntry {
  const { sshPort: port, sshUser: user, become } = DEFAULTS;
  const address = raw.address ?? "";
  return {
    name: "",
    role: "minion",
    privateAddress: address,
    port,
    user,
    become,
    hostKey: "",
    labels: {},
    ...raw,
    address,
    taints: taintsOf(raw.taints),
  };
}

/**
 * Machines of Vagrant's are in a network of ours, where an address may move and .9 is reserved for it. Containers may be in
 * a virtual machine, where this computer would not reach it: there it has to be named.
 */
function sharesAddress({ provider = DEFAULTS.provider, kubernetes, nodes, vagrant }: RawSpec): boolean {
  const { list = [], masters } = nodesOf(nodes ?? {});
  const count = list.length > 0 ? list.filter(({ role }) => role === "master").length : masters.count;
  const hasBalancer = (kubernetes?.apiServer?.endpoint ?? "") !== "";
  return provider === "vagrant" && vagrant?.provider !== "docker" && !hasBalancer && count >= ADDRESS_SINCE_MASTERS;
}

function addonsOf(spec: RawSpec, kubernetesVersion: string | undefined): readonly AddonRef[] {
  if (spec.addons === undefined)
    return spec.network === "none"
      ? []
      : defaultAddons(kubernetesVersion, sharesAddress(spec)).map((name) => ({ name }));
  return spec.addons.map((entry) => (typeof entry === "string" ? { name: entry } : { name: "", ...entry }));
}
