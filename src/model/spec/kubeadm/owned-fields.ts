import type { ClusterSpec, KubeadmKind } from "../cluster-spec.js";
import { contains, parseAddress, parseSubnet } from "../ipv4.js";
import type { Path } from "../problems.js";
import { NODE_WHY, noTaints } from "./node-arguments.js";

/** Something in a document of the user's that may not stand there. */
export interface Owned {
  /** Below the document. */
  readonly path: Path;
  readonly why: string;
}

/** A field of kubeadm's documents that the rest of the tool relies on. */
export interface OwnedField {
  /** Dotted path below the document. */
  readonly path: string;
  readonly why: string;
  /** Whether a value contradicts nothing; absent: none may be given. */
  readonly fits?: (value: unknown, spec: ClusterSpec) => boolean;
}

/** Reasons that an argument of a program has in common with a field. */
export const WHY = {
  token: "the token is the cluster's own, in the file cluster-token",
  endpoint: "the endpoint is always api.<name>.<domain>; set spec.kubernetes.apiServer.endpoint for its address",
  apiAddress:
    "every master serves the API at its own address and port 6443: endpoint, joins and admin.config name them",
  cgroup: "the cgroup driver is always cgroupfs: Alpine has no systemd",
  socket: "the runtime's socket is the one that the node scripts prepare",
  nodeIp: "node-ip is always the node's own address",
  name: "the node's name is <name>.<domain>",
  manifests: "the node scripts look for the control plane in /etc/kubernetes/manifests",
  pki: "the node scripts keep and renew certificates in /etc/kubernetes/pki",
  etcdData: "the node scripts keep etcd's data in /var/lib/etcd, and empty it when a node is reset",
  etcdUrls: "etcd's members find each other, and the node scripts find etcd, where kubeadm puts it",
  podSubnet: "say it in spec.kubernetes.podSubnet",
  serviceSubnet: "say it in spec.kubernetes.serviceSubnet",
  dnsDomain: "say it in spec.kubernetes.dnsDomain",
  dnsAddress: "pods ask kubeadm's DNS Service, the tenth address of spec.kubernetes.serviceSubnet",
  kubeletPort: "the API server asks the kubelet at the node's own address and port 10250",
  kubeletHealth: "kubeadm and the node scripts ask the kubelet at http://127.0.0.1:10248/healthz",
  register: "a node is in the cluster when its kubelet has registered it",
  renewal: "the kubelet's own certificate is renewed by nobody else",
  sharedKeys: "further masters get the shared keys over ssh, never through the cluster",
} as const;

const is =
  (...good: readonly unknown[]) =>
  (value: unknown): boolean =>
    good.includes(value);

const IGNORED_ERRORS = "say it in spec.kubernetes.ignorePreflightErrors, which the node scripts read, too";
const DRY_RUN = "kubeadm would do nothing, and the nodes would count as set up";

const REGISTRATION: readonly OwnedField[] = [
  { path: "nodeRegistration.criSocket", why: WHY.socket },
  { path: "nodeRegistration.name", why: WHY.name },
  { path: "nodeRegistration.taints", why: NODE_WHY.taints, fits: (_, spec) => noTaints(spec) },
  { path: "nodeRegistration.ignorePreflightErrors", why: IGNORED_ERRORS },
  { path: "dryRun", why: DRY_RUN, fits: is(false) },
];

/** What of each document is ours alone. */
export const OWNED_FIELDS: Readonly<Record<KubeadmKind, readonly OwnedField[]>> = {
  ClusterConfiguration: [
    { path: "controlPlaneEndpoint", why: WHY.endpoint },
    { path: "kubernetesVersion", why: "say it in spec.kubernetes.version" },
    { path: "networking.podSubnet", why: WHY.podSubnet },
    { path: "networking.serviceSubnet", why: WHY.serviceSubnet },
    { path: "networking.dnsDomain", why: WHY.dnsDomain },
    {
      path: "apiServer.certSANs",
      why: "say it in spec.kubernetes.apiServer.certSANs, which adds to the names and addresses that we need",
    },
    { path: "certificatesDir", why: WHY.pki, fits: is("/etc/kubernetes/pki") },
    { path: "etcd.local.dataDir", why: WHY.etcdData, fits: is("/var/lib/etcd") },
    { path: "imageRepository", why: "say it in spec.images.repository, from which the sandbox image comes, too" },
    { path: "dns.type", why: "the cluster is healthy when CoreDNS is available", fits: is("CoreDNS") },
    { path: "dns.disabled", why: "the cluster is healthy when kubeadm's CoreDNS is available", fits: is(false) },
    {
      path: "featureGates.RootlessControlPlane",
      why: "renewed keys would be root's alone, and the control plane could not read them",
      fits: is(false),
    },
  ],
  KubeletConfiguration: [
    { path: "cgroupDriver", why: WHY.cgroup, fits: is("cgroupfs") },
    { path: "containerRuntimeEndpoint", why: WHY.socket },
    { path: "imageServiceEndpoint", why: WHY.socket },
    { path: "staticPodPath", why: WHY.manifests, fits: is("/etc/kubernetes/manifests") },
    { path: "clusterDomain", why: WHY.dnsDomain, fits: (value, spec) => value === spec.kubernetes.dnsDomain },
    { path: "clusterDNS", why: WHY.dnsAddress, fits: isDnsAddress },
    { path: "address", why: WHY.kubeletPort, fits: is("0.0.0.0", "::") },
    { path: "port", why: WHY.kubeletPort, fits: is(10250) },
    { path: "enableServer", why: WHY.kubeletPort, fits: is(true) },
    { path: "healthzPort", why: WHY.kubeletHealth, fits: is(10248) },
    { path: "healthzBindAddress", why: WHY.kubeletHealth, fits: is("127.0.0.1", "0.0.0.0") },
    {
      path: "authentication.x509.clientCAFile",
      why: "the API server shows the kubelet a certificate of the cluster's CA",
      fits: is("/etc/kubernetes/pki/ca.crt"),
    },
    { path: "registerNode", why: WHY.register, fits: is(true) },
    { path: "registerWithTaints", why: NODE_WHY.taints, fits: (_, spec) => noTaints(spec) },
    { path: "providerID", why: NODE_WHY.providerId, fits: is("") },
    { path: "rotateCertificates", why: WHY.renewal, fits: is(true) },
  ],
  InitConfiguration: [
    { path: "bootstrapTokens", why: WHY.token },
    { path: "localAPIEndpoint.advertiseAddress", why: WHY.apiAddress },
    { path: "localAPIEndpoint.bindPort", why: WHY.apiAddress, fits: is(6443) },
    { path: "certificateKey", why: WHY.sharedKeys },
    ...REGISTRATION,
  ],
  JoinConfiguration: [
    { path: "discovery.bootstrapToken", why: WHY.token },
    { path: "discovery.tlsBootstrapToken", why: WHY.token },
    { path: "discovery.file", why: WHY.token },
    { path: "caCertPath", why: WHY.pki, fits: is("/etc/kubernetes/pki/ca.crt") },
    { path: "controlPlane", why: `minions would join as masters, too; ${WHY.apiAddress}` },
    ...REGISTRATION,
  ],
  KubeProxyConfiguration: [
    { path: "clusterCIDR", why: WHY.podSubnet, fits: (value, spec) => value === spec.kubernetes.podSubnet },
    { path: "hostnameOverride", why: WHY.name, fits: is("") },
    {
      path: "clientConnection.kubeconfig",
      why: "kubeadm gives kube-proxy its way to the API in /var/lib/kube-proxy/kubeconfig.conf",
      fits: is("/var/lib/kube-proxy/kubeconfig.conf"),
    },
  ],
};

/** Where NodeLocal DNSCache listens on each node. */
const LINK_LOCAL = parseSubnet("169.254.0.0/16");

/**
 * kubeadm gives the DNS Service the tenth address of the network (GetDNSIP in cmd/kubeadm/app/constants). A link-local
 * address is a cache on the node itself.
 */
export function isDnsAddress(value: unknown, { kubernetes }: ClusterSpec): boolean {
  const services = parseSubnet(kubernetes.serviceSubnet);
  if (services === undefined) return true;
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((one: unknown) => {
    const address = typeof one === "string" ? parseAddress(one) : undefined;
    if (address === undefined) return false;
    return address === services.base + 10 || (LINK_LOCAL !== undefined && contains(LINK_LOCAL, address));
  });
}
