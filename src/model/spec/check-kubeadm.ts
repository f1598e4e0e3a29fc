import type { ClusterSpec, KubeadmKind } from "./cluster-spec.js";
import type { Path, Problem } from "./problems.js";
import { isGroup } from "./schema.js";

const TOKEN = "the token is the cluster's own, in the file cluster-token";
const ENDPOINT = "the endpoint is always api.<name>.<domain>; set spec.kubernetes.apiServer.endpoint for its address";
const CGROUP = "the cgroup driver is always cgroupfs: Alpine has no systemd";
const SOCKET = "the runtime's socket is the one that the node scripts prepare";
const NODE_IP = "node-ip is always the node's own address";
const NAME = "the node's name is <name>.<domain>";

/** Fields of kubeadm's documents that users may not set, by kind and dotted path, each with the reason. */
const OWNED: Readonly<Record<KubeadmKind, Readonly<Record<string, string>>>> = {
  ClusterConfiguration: {
    controlPlaneEndpoint: ENDPOINT,
    kubernetesVersion: "say it in spec.kubernetes.version",
    "networking.podSubnet": "say it in spec.kubernetes.podSubnet",
    "networking.serviceSubnet": "say it in spec.kubernetes.serviceSubnet",
    "networking.dnsDomain": "say it in spec.kubernetes.dnsDomain",
  },
  KubeletConfiguration: { cgroupDriver: CGROUP, containerRuntimeEndpoint: SOCKET },
  InitConfiguration: {
    bootstrapTokens: TOKEN,
    "nodeRegistration.criSocket": SOCKET,
    "nodeRegistration.name": NAME,
  },
  JoinConfiguration: {
    "discovery.bootstrapToken": TOKEN,
    "discovery.tlsBootstrapToken": TOKEN,
    "discovery.file": TOKEN,
    "nodeRegistration.criSocket": SOCKET,
    "nodeRegistration.name": NAME,
  },
  KubeProxyConfiguration: {},
};

/** Kubelet arguments that would set the same things. */
const OWNED_ARGUMENTS: Readonly<Record<string, string>> = {
  "node-ip": NODE_IP,
  "cgroup-driver": CGROUP,
  "container-runtime-endpoint": SOCKET,
  "hostname-override": NAME,
};

/** Fields that the user's additions to kubeadm's documents set and may not. */
export function kubeadmProblems(spec: ClusterSpec): readonly Problem[] {
  return Object.entries(spec.kubernetes.kubeadm).flatMap(([kind, document]) =>
    [...ownedIn(kind as KubeadmKind, document), ...externalEtcd(spec, document)].map(({ path, why }) => ({
      path: ["spec", "kubernetes", "kubeadm", kind, ...path],
      what: `cannot be set here: ${why}`,
      atKey: true,
    })),
  );
}

function externalEtcd(spec: ClusterSpec, document: Readonly<Record<string, unknown>>): { path: Path; why: string }[] {
  const path = ["etcd", "external"];
  const { list, masters } = spec.nodes;
  const nodes = spec.provider === "hosts" ? spec.hosts : list;
  const count = nodes.length > 0 ? nodes.filter(({ role }) => role === "master").length : masters.count;
  if (count < 2 || valueAt(document, path) === undefined) return [];
  return [{ path, why: "with several masters, etcd runs on the masters" }];
}

function ownedIn(kind: KubeadmKind, document: Readonly<Record<string, unknown>>): { path: Path; why: string }[] {
  const header = ["apiVersion", "kind"]
    .filter((key) => Object.hasOwn(document, key))
    .map((key) => ({ path: [key], why: "it follows from the Kubernetes version; give only the fields below it" }));
  const owned = Object.entries(OWNED[kind]).flatMap(([dotted, why]) => {
    const path = dotted.split(".");
    return valueAt(document, path) === undefined ? [] : [{ path, why }];
  });
  return [...header, ...owned, ...ownedArguments(document)];
}

function ownedArguments(document: Readonly<Record<string, unknown>>): { path: Path; why: string }[] {
  const path = ["nodeRegistration", "kubeletExtraArgs"];
  const args = valueAt(document, path);
  if (Array.isArray(args)) {
    return args.flatMap((entry: unknown, index) => {
      const name = isGroup(entry) && typeof entry.name === "string" ? entry.name : "";
      const why = OWNED_ARGUMENTS[withoutDashes(name)];
      return why === undefined ? [] : [{ path: [...path, index, "name"], why }];
    });
  }
  if (!isGroup(args)) return [];
  return Object.keys(args).flatMap((name) => {
    const why = OWNED_ARGUMENTS[withoutDashes(name)];
    return why === undefined ? [] : [{ path: [...path, name], why }];
  });
}

function withoutDashes(name: string): string {
  return name.replace(/^-+/, "");
}

function valueAt(document: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isGroup(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    document,
  );
}
