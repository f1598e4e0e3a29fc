import { AlpineK8sError } from "../../base/errors.js";
import { kubeadmProblems } from "../spec/kubeadm/check-kubeadm.js";
import type { ClusterSpec, KubeadmKind, Taint } from "../spec/cluster-spec.js";
import { pathText } from "../spec/problems.js";
import { endpointAddresses } from "../topology/api-endpoint.js";
import type { PlannedNode, Topology } from "../topology/topology.js";
import { refuseUnknownFields } from "./known-fields.js";
import { formatArguments, mergeDocument, type Argument, type Fields } from "./merge.js";
import { yamlForGo } from "./yaml-for-go.js";
import type { KubeadmApiVersion } from "../versions/facts.js";
import { kubeadmApiVersion, minorOf } from "../versions/kubernetes.js";

/** Placeholder for the bootstrap token; the node's script replaces it just before kubeadm runs. */
const TOKEN_MARK = "@TOKEN@";
/** Port of the API server on every master and of the endpoint. */
export const API_PORT = 6443;
const CRI_SOCKET = "unix:///run/containerd/containerd.sock";

/** How long the token of `cluster-token` lives after `kubeadm init`. */
const TOKEN_TTL = "2h0m0s";
/** Emulated machines and slow disks need more than kubeadm's 4 and 5 minutes. */
const CONTROL_PLANE_WAIT = "10m0s";
const DISCOVERY_WAIT = "10m0s";
/**
 * At each start the controller manager first requests a service account for each of its controllers. With its default
 * of 20 requests a second this delays the first pods, signatures and nodes. Measured on 1.31: all nodes Ready after 14
 * instead of 26 s.
 */
const CONTROLLER_MANAGER_ARGUMENTS: readonly Argument[] = [
  { name: "kube-api-qps", value: "200" },
  { name: "kube-api-burst", value: "400" },
];
/** A container may not set the size of the host's conntrack table: kube-proxy would exit. */
const KUBE_PROXY_IN_CONTAINER: Fields = { conntrack: { maxPerCore: 0 } };
/**
 * A container has the disk in common with its computer. By default the kubelet wants 10 % of it free and 15 % for images,
 * which on a large disk are many gigabytes, and below that it deletes images, also those that came with the node. So it
 * measures what is left, and lets the images be. The memory's limit is the kubelet's default, which a list replaces.
 */
const KUBELET_IN_CONTAINER: Fields = {
  evictionHard: {
    "memory.available": "100Mi",
    "nodefs.available": "1Gi",
    "nodefs.inodesFree": "1%",
    "imagefs.available": "1Gi",
  },
  imageGCHighThresholdPercent: 100,
};

export interface DocumentInput {
  readonly topology: Topology;
  readonly node: PlannedNode;
  readonly spec: ClusterSpec;
}

/** {@link DocumentInput} for `kubeadm init`. */
export interface InitInput extends DocumentInput {
  /** The node reports that it is a container; with the Docker provider all nodes are. */
  readonly isContainer?: boolean;
}

/** kubeadm's configuration for `kubeadm init` on the first master, without secrets: several YAML documents. */
export function initConfig(input: InitInput): string {
  const { topology, node, spec } = input;
  const isContainer = input.isContainer === true || inContainers(topology);
  const api = apiOf(input);
  const init = {
    bootstrapTokens: [{ token: TOKEN_MARK, description: "made by alpine-k8s up", ttl: TOKEN_TTL }],
    localAPIEndpoint: localEndpoint(node),
    nodeRegistration: nodeRegistration(input, api),
    ...(api === "v1beta4" ? { timeouts: { controlPlaneComponentHealthCheck: CONTROL_PLANE_WAIT } } : {}),
  };
  return documents(input, api, [
    ["InitConfiguration", init],
    ["ClusterConfiguration", clusterConfiguration(topology, spec, api)],
    [
      "KubeletConfiguration",
      { cgroupDriver: "cgroupfs", resolvConf: resolvConf(topology), ...(isContainer ? KUBELET_IN_CONTAINER : {}) },
    ],
    ...(isContainer || Object.keys(spec.kubernetes.kubeadm.KubeProxyConfiguration).length > 0
      ? [["KubeProxyConfiguration", isContainer ? KUBE_PROXY_IN_CONTAINER : {}] as const]
      : []),
  ]);
}

function inContainers({ identity }: Topology): boolean {
  return identity.vagrantProvider === "docker";
}

/** Docker's own resolver answers only inside the node; shared.sh writes a file for the pods (AK8S_NAMESERVERS). */
function resolvConf(topology: Topology): string {
  return inContainers(topology) ? "/etc/alpine-k8s/resolv.conf" : "/etc/resolv.conf";
}

/**
 * kubeadm's configuration for `kubeadm join`, as a minion or as a further master, which finds the shared certificates
 * on its disk (kubeadm's "manual certificate distribution").
 */
export function joinConfig(input: DocumentInput): string {
  const { topology, node } = input;
  const api = apiOf(input);
  const { endpointName, caHash } = topology.identity;
  const join = {
    discovery: {
      bootstrapToken: {
        token: TOKEN_MARK,
        apiServerEndpoint: `${endpointName}:${API_PORT}`,
        caCertHashes: [caHash],
      },
      ...(api === "v1beta4" ? {} : { timeout: DISCOVERY_WAIT }),
    },
    ...(node.role === "master" ? { controlPlane: { localAPIEndpoint: localEndpoint(node) } } : {}),
    nodeRegistration: nodeRegistration(input, api),
    ...(api === "v1beta4"
      ? { timeouts: { controlPlaneComponentHealthCheck: CONTROL_PLANE_WAIT, discovery: DISCOVERY_WAIT } }
      : {}),
  };
  return documents(input, api, [["JoinConfiguration", join]]);
}

function apiOf({ topology, spec }: DocumentInput): KubeadmApiVersion {
  const problems = kubeadmProblems(spec);
  if (problems.length > 0) {
    const lines = problems.map((problem) => `${pathText(problem.path)}: ${problem.what}`);
    throw new AlpineK8sError("usage", lines.join("\n"), {
      hints: ["take it out of alpine-k8s.yaml; see docs/spec.md"],
    });
  }
  return kubeadmApiVersion(topology.identity.kubernetesVersion);
}

function localEndpoint(node: PlannedNode): Fields {
  return { advertiseAddress: node.address, bindPort: API_PORT };
}

function clusterConfiguration(topology: Topology, spec: ClusterSpec, api: KubeadmApiVersion): Fields {
  const { identity } = topology;
  return {
    clusterName: identity.name,
    kubernetesVersion: identity.kubernetesVersion,
    controlPlaneEndpoint: `${identity.endpointName}:${API_PORT}`,
    networking: {
      podSubnet: identity.podSubnet,
      serviceSubnet: identity.serviceSubnet,
      dnsDomain: identity.dnsDomain,
    },
    apiServer: {
      certSANs: certificateNames(topology, spec),
      ...(api === "v1beta4" ? {} : { timeoutForControlPlane: CONTROL_PLANE_WAIT }),
    },
    controllerManager: {
      extraArgs: formatArguments(CONTROLLER_MANAGER_ARGUMENTS, api, "controllerManager.extraArgs"),
    },
    ...(spec.images.repository === "" ? {} : { imageRepository: spec.images.repository }),
  };
}

/**
 * Every name and address by which somebody may reach the API, each once, the endpoint's name first. In lower case,
 * because kubeadm accepts nothing else (ValidateCertSANs in cmd/kubeadm/app/apis/kubeadm/validation).
 */
function certificateNames(
  { identity, nodes, endpoint, virtualAddress }: Topology,
  spec: ClusterSpec,
): readonly string[] {
  const masters = nodes.filter((node) => node.role === "master");
  const names = [
    identity.endpointName,
    ...endpointAddresses(endpoint),
    ...masters.map((master) => master.address),
    ...(virtualAddress === undefined ? [] : [virtualAddress]),
    ...masters.flatMap((master) => (master.access === undefined ? [] : [master.access.address])),
    // For a port of this computer that ssh forwards to a master.
    "127.0.0.1",
    ...spec.kubernetes.apiServer.certSANs,
  ];
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

function nodeRegistration({ topology, node }: DocumentInput, api: KubeadmApiVersion): Fields {
  const labels = Object.entries(node.labels).map(([key, value]) => `${key}=${value}`);
  const args: readonly Argument[] = [
    { name: "node-ip", value: node.address },
    ...(labels.length > 0 ? [{ name: "node-labels", value: labels.join(",") }] : []),
  ];
  const taints = taintsOf(node, topology.identity.kubernetesVersion);
  return {
    name: node.fqdn,
    criSocket: CRI_SOCKET,
    kubeletExtraArgs: formatArguments(args, api, "nodeRegistration.kubeletExtraArgs"),
    ...(taints.length > 0 ? { taints } : {}),
  };
}

/**
 * The user's taints. On a master kubeadm's own come first, because kubeadm sets them only when no taints are given:
 * `master` up to 1.23, both in 1.24 (kind PR 2595), `control-plane` from 1.25 (kubernetes PR 110095).
 */
function taintsOf(node: PlannedNode, version: string): readonly Fields[] {
  const given = node.taints.map((taint) => taintFields(taint));
  if (given.length === 0 || node.role === "minion") return given;
  const minor = minorOf(version);
  const marks = [...(minor < 25 ? ["master"] : []), ...(minor > 23 ? ["control-plane"] : [])];
  return [...marks.map((mark) => ({ key: `node-role.kubernetes.io/${mark}`, effect: "NoSchedule" })), ...given];
}

function taintFields({ key, value, effect }: Taint): Fields {
  return { key, ...(value === "" ? {} : { value }), effect };
}

const API_GROUPS: Readonly<Record<KubeadmKind, string>> = {
  ClusterConfiguration: "kubeadm.k8s.io",
  InitConfiguration: "kubeadm.k8s.io",
  JoinConfiguration: "kubeadm.k8s.io",
  KubeletConfiguration: "kubelet.config.k8s.io/v1beta1",
  KubeProxyConfiguration: "kubeproxy.config.k8s.io/v1alpha1",
};

function documents(
  { spec, topology }: DocumentInput,
  api: KubeadmApiVersion,
  kinds: readonly (readonly [KubeadmKind, Fields])[],
): string {
  return kinds
    .map(([kind, ours]) => {
      const group = API_GROUPS[kind];
      const header = { apiVersion: group.includes("/") ? group : `${group}/${api}`, kind };
      const users = spec.kubernetes.kubeadm[kind];
      refuseUnknownFields(kind, users, api, topology.identity.kubernetesVersion);
      const fields = mergeDocument(ours, users, api, `spec.kubernetes.kubeadm.${kind}`);
      return `---\n${yamlForGo({ ...header, ...fields })}`;
    })
    .join("");
}
