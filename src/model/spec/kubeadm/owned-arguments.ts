import type { ClusterSpec, KubeadmKind } from "../cluster-spec.js";
import { hasCatalogueNetwork } from "./check-phases.js";
import { cloudFits, labelsFit, NODE_WHY, taintArgumentFits } from "./node-arguments.js";
import { isDnsAddress, WHY } from "./owned-fields.js";

/** Whether an argument's value contradicts nothing. */
type Fits = (value: string, spec: ClusterSpec) => boolean;

/** Why an argument is ours, with the values that may be given nevertheless. */
interface OwnedArgument {
  readonly why: string;
  readonly fits?: Fits;
}

/** Where a document carries arguments of a program, or variables that say the same. */
export interface ArgumentPlace {
  readonly path: readonly string[];
  readonly owned: Readonly<Record<string, OwnedArgument>>;
  /** Variables of the program's environment, named like the arguments behind this prefix. */
  readonly variables?: { readonly path: readonly string[]; readonly prefix: string };
}

const is =
  (...good: readonly string[]): Fits =>
  (value) =>
    good.includes(value);

const isTrue = is("true");
const isFalse = is("false");

const includes =
  (...needed: readonly string[]) =>
  (value: string): boolean =>
    needed.every((one) => entriesOf(value).includes(one));

/** Several names with one reason. */
function each(names: readonly string[], why: string, fits?: Fits): Record<string, OwnedArgument> {
  return Object.fromEntries(names.map((name) => [name, fits === undefined ? { why } : { why, fits }]));
}

function entriesOf(value: string): readonly string[] {
  return value.split(",").map((entry) => entry.trim());
}

const PROBES = "kubeadm's probes and the node scripts ask there";
const LEADER = "several masters have one of it each, of which one leads";
const GATE = "the API, the kubelet and the network add-on cannot do without it";

const KUBELET: Readonly<Record<string, OwnedArgument>> = {
  "node-ip": { why: WHY.nodeIp },
  "cgroup-driver": { why: WHY.cgroup, fits: is("cgroupfs") },
  ...each(["container-runtime-endpoint", "image-service-endpoint"], WHY.socket),
  "container-runtime": { why: WHY.socket, fits: is("remote") },
  "hostname-override": { why: WHY.name },
  "node-labels": { why: NODE_WHY.labels, fits: labelsFit },
  "register-with-taints": { why: NODE_WHY.taints, fits: taintArgumentFits },
  "provider-id": { why: NODE_WHY.providerId },
  "cloud-provider": { why: NODE_WHY.cloud, fits: cloudFits },
  "pod-manifest-path": { why: WHY.manifests, fits: is("/etc/kubernetes/manifests") },
  "root-dir": {
    why: "the node scripts look for the kubelet's files in /var/lib/kubelet",
    fits: is("/var/lib/kubelet"),
  },
  "cert-dir": { why: "the node scripts look for the kubelet's certificates in /var/lib/kubelet/pki" },
  ...each(
    ["config", "kubeconfig", "bootstrap-kubeconfig"],
    "the kubelet's service names the files that kubeadm writes",
  ),
  "cluster-dns": { why: WHY.dnsAddress, fits: (value, spec) => isDnsAddress(entriesOf(value), spec) },
  "cluster-domain": { why: WHY.dnsDomain, fits: (value, spec) => value === spec.kubernetes.dnsDomain },
  address: { why: WHY.kubeletPort, fits: is("0.0.0.0", "::") },
  port: { why: WHY.kubeletPort, fits: is("10250") },
  "enable-server": { why: WHY.kubeletPort, fits: isTrue },
  "healthz-port": { why: WHY.kubeletHealth, fits: is("10248") },
  "healthz-bind-address": { why: WHY.kubeletHealth, fits: is("127.0.0.1", "0.0.0.0") },
  "client-ca-file": {
    why: "the API server shows the kubelet a certificate of the cluster's CA",
    fits: is("/etc/kubernetes/pki/ca.crt"),
  },
  "register-node": { why: WHY.register, fits: isTrue },
  "rotate-certificates": { why: WHY.renewal, fits: isTrue },
  "fail-swap-on": { why: "say failSwapOn in KubeletConfiguration, which the node scripts follow" },
  "fail-cgroupv1": { why: "say failCgroupV1 in KubeletConfiguration, which the node scripts follow" },
  runonce: { why: "a kubelet that ends is started again, for ever", fits: isFalse },
};

const API_SERVER: Readonly<Record<string, OwnedArgument>> = {
  ...each(["secure-port", "advertise-address"], WHY.apiAddress),
  "bind-address": { why: WHY.apiAddress, fits: is("0.0.0.0", "::") },
  "service-cluster-ip-range": { why: WHY.serviceSubnet },
  ...each(
    [
      ...["client-ca-file", "tls-cert-file", "tls-private-key-file", "service-account-key-file"],
      ...["service-account-signing-key-file", "kubelet-client-certificate", "kubelet-client-key"],
      ...["etcd-cafile", "etcd-certfile", "etcd-keyfile", "proxy-client-cert-file", "proxy-client-key-file"],
      ...["requestheader-client-ca-file"],
    ],
    WHY.pki,
  ),
  ...each(["etcd-servers", "etcd-prefix"], WHY.etcdUrls),
  "anonymous-auth": {
    why: "nodes that join read cluster-info, and kubeadm's probes the API's health, without a login",
    fits: isTrue,
  },
  "enable-bootstrap-token-auth": { why: "nodes join with a bootstrap token", fits: isTrue },
  "authorization-mode": {
    why: "nodes and kubeadm's roles need Node and RBAC in it",
    fits: includes("Node", "RBAC"),
  },
  "allow-privileged": { why: "kube-proxy and the network add-on are privileged", fits: isTrue },
  "disable-admission-plugins": {
    why: "pods get their accounts and priorities from ServiceAccount and Priority",
    fits: (value) => !entriesOf(value).some((one) => one === "ServiceAccount" || one === "Priority"),
  },
  "runtime-config": { why: `a group that Kubernetes counts as stable is switched off: ${GATE}`, fits: keepsStable },
};

/** By their short names; Kubernetes 1.28 and newer also have them with `-controller` behind. */
const NEEDED_CONTROLLERS: readonly string[] = [
  ...["bootstrapsigner", "tokencleaner", "csrsigning", "csrapproving", "serviceaccount", "serviceaccount-token"],
  ...["root-ca-cert-publisher", "nodelifecycle", "deployment", "replicaset", "daemonset", "endpoint", "endpointslice"],
  ...["namespace", "garbagecollector"],
];

function withoutSuffix(name: string): string {
  return name.replace(/-controller$/, "");
}

const CONTROLLER_MANAGER: Readonly<Record<string, OwnedArgument>> = {
  "cluster-cidr": { why: WHY.podSubnet, fits: (value, spec) => value === spec.kubernetes.podSubnet },
  "service-cluster-ip-range": { why: WHY.serviceSubnet },
  "allocate-node-cidrs": {
    why: "the network of the catalogue needs a part of spec.kubernetes.podSubnet for every node",
    fits: (value, spec) => value === "true" || !hasCatalogueNetwork(spec),
  },
  ...each(
    [
      ...["client-ca-file", "cluster-signing-cert-file", "cluster-signing-key-file", "root-ca-file"],
      ...["service-account-private-key-file", "requestheader-client-ca-file"],
    ],
    WHY.pki,
  ),
  ...each(["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"], WHY.pki),
  controllers: {
    why: `nodes join and pods run by these: give *, bootstrapsigner and tokencleaner, and take none of these away: ${NEEDED_CONTROLLERS.join(", ")}`,
    fits: (value) =>
      includes("*", "bootstrapsigner", "tokencleaner")(value) &&
      !entriesOf(value).some((one) => one.startsWith("-") && NEEDED_CONTROLLERS.includes(withoutSuffix(one.slice(1)))),
  },
  "secure-port": { why: PROBES, fits: is("10257") },
  "leader-elect": { why: LEADER, fits: isTrue },
};

const SCHEDULER: Readonly<Record<string, OwnedArgument>> = {
  ...each(["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"], WHY.pki),
  "secure-port": { why: PROBES, fits: is("10259") },
  "leader-elect": { why: LEADER, fits: isTrue },
};

const ETCD: Readonly<Record<string, OwnedArgument>> = {
  "data-dir": { why: WHY.etcdData, fits: is("/var/lib/etcd") },
  "wal-dir": { why: WHY.etcdData },
  name: { why: WHY.name },
  ...each(
    [
      ...["listen-client-urls", "advertise-client-urls", "listen-peer-urls", "initial-advertise-peer-urls"],
      ...["initial-cluster", "initial-cluster-state", "discovery", "discovery-srv"],
    ],
    WHY.etcdUrls,
  ),
  ...each(
    [
      ...["cert-file", "key-file", "trusted-ca-file", "peer-cert-file", "peer-key-file", "peer-trusted-ca-file"],
      ...["auto-tls", "peer-auto-tls"],
    ],
    WHY.pki,
  ),
  ...each(["client-cert-auth", "peer-client-cert-auth"], "nobody without a certificate may read the cluster", isTrue),
  "listen-metrics-urls": {
    why: "kubeadm and up ask etcd at http://127.0.0.1:2381: name it, or all addresses, among others",
    fits: (value) => entriesOf(value).some((one) => ["http://127.0.0.1:2381", "http://0.0.0.0:2381"].includes(one)),
  },
  "force-new-cluster": { why: "each start of etcd would throw its other members out", fits: isFalse },
};

const REGISTRATION: readonly ArgumentPlace[] = [{ path: ["nodeRegistration", "kubeletExtraArgs"], owned: KUBELET }];

/** The places of arguments in each document, with what of them is ours. */
export const OWNED_ARGUMENTS: Readonly<Record<KubeadmKind, readonly ArgumentPlace[]>> = {
  ClusterConfiguration: [
    { path: ["apiServer", "extraArgs"], owned: API_SERVER },
    { path: ["controllerManager", "extraArgs"], owned: CONTROLLER_MANAGER },
    { path: ["scheduler", "extraArgs"], owned: SCHEDULER },
    {
      path: ["etcd", "local", "extraArgs"],
      owned: ETCD,
      variables: { path: ["etcd", "local", "extraEnvs"], prefix: "ETCD_" },
    },
  ],
  KubeletConfiguration: [],
  InitConfiguration: REGISTRATION,
  JoinConfiguration: REGISTRATION,
  KubeProxyConfiguration: [],
};

/** Nothing of `api/all`, `api/ga`, or the first version of a group is switched off. */
function keepsStable(value: string): boolean {
  const off = entriesOf(value).flatMap((entry) => /^(.*)=(?:false|0|f)$/i.exec(entry)?.[1] ?? []);
  return !off.some((name) => /^(?:api\/(?:all|ga)|(?:.*\/)?v1)$/.test(name));
}
