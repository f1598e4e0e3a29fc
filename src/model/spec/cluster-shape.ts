import { VAGRANT_PROVIDER_NAMES, type KubeadmKind } from "./cluster-spec.js";
import { DEFAULTS, MORE_MASTERS, MOST_MASTERS } from "./defaults.js";
import * as format from "./formats.js";
import { capacityOf, rangeText, LAYOUT } from "./layout.js";
import {
  anything,
  choice,
  described,
  integer,
  reserved,
  scalar,
  list,
  map,
  object,
  text,
  textOr,
  type ReadOf,
  type Shape,
} from "./schema.js";

/** More hosts than this are a mistake: Kubernetes is tested to 5000 nodes, this tool to far fewer. */
const MOST_HOSTS = 1000;

const ROLES = ["master", "minion"] as const;
const MEMORY = integer({ min: 128, max: 16_777_216, unit: "MiB" });
const CPUS = integer({ min: 1, max: 512, unit: "CPUs" });
const LABELS = map(format.nodeLabelKey, text(format.labelValue));

const TAINTS = list(
  object(
    {
      key: text(format.labelKey),
      value: described(text(format.labelValue), "Value of the taint", ""),
      effect: choice(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    },
    ["key", "effect"],
  ),
  50,
);

const MASTERS = integer({ min: 1, max: MOST_MASTERS, unit: "masters", tooLarge: () => MORE_MASTERS });
const MOST_MINIONS = capacityOf("minion");
const MINIONS = integer({
  min: 0,
  max: MOST_MINIONS,
  unit: "minions",
  tooLarge: (value) =>
    `${value} minions do not fit: the network has addresses for ${MOST_MINIONS} (${rangeText(LAYOUT.minion)})`,
});

function group(count: Shape<number>, what: string, byDefault: number) {
  return object({
    count: described(count, what, byDefault),
    cpus: described(CPUS, "CPUs of each", DEFAULTS.cpus),
    memory: described(MEMORY, "Memory of each in MiB", DEFAULTS.memory),
    labels: described(LABELS, "Kubernetes labels", {}),
    taints: described(TAINTS, "Kubernetes taints, besides those that kubeadm sets", []),
  });
}

const NODES = object({
  masters: described(group(MASTERS, "How many masters", DEFAULTS.masters), "Control plane nodes"),
  minions: described(group(MINIONS, "How many minions", DEFAULTS.minions), "Worker nodes"),
  list: described(
    list(
      object(
        {
          name: described(text(format.dnsLabel), "Short name; the domain is added"),
          role: choice(ROLES),
          address: described(text(format.ipv4), "Needed unless the name is master<N> or minion<N>"),
          cpus: CPUS,
          memory: MEMORY,
          labels: LABELS,
          taints: TAINTS,
        },
        ["name", "role"],
      ),
      MOST_MASTERS + MOST_MINIONS,
    ),
    "Every node by name, instead of the two counts; sizes not given come from the group of the role",
    [],
  ),
});

const HOSTS = list(
  object(
    {
      name: described(text(format.dnsLabel), "Short name; the domain is added"),
      role: choice(ROLES),
      address: described(text(format.sshAddress), "Where ssh goes: IPv4 address or DNS name"),
      privateAddress: described(text(format.ipv4), "The node's own address inside the cluster; default: address"),
      port: described(integer({ min: 1, max: 65_535, unit: "(a port)" }), "Port of ssh", DEFAULTS.sshPort),
      user: described(text(format.loginName), "Login name", DEFAULTS.sshUser),
      become: described(choice(["auto", "none", "sudo", "doas"]), "How the login becomes root", DEFAULTS.become),
      identityFile: described(text(format.anyLine), "Private key; default: the agent and the usual keys"),
      hostKey: described(
        text(format.orEmpty(format.hostKey)),
        "The machine's public host key; empty: accepted once and pinned",
        "",
      ),
      labels: LABELS,
      taints: TAINTS,
    },
    ["name", "role", "address"],
  ),
  MOST_HOSTS,
);

const DOCUMENT = described(anything(), "Merged into the document of this kind", {});
const KUBEADM: Record<KubeadmKind, Shape<Readonly<Record<string, unknown>>>> = {
  ClusterConfiguration: DOCUMENT,
  KubeletConfiguration: DOCUMENT,
  InitConfiguration: DOCUMENT,
  JoinConfiguration: DOCUMENT,
  KubeProxyConfiguration: DOCUMENT,
};

const KUBERNETES = object({
  version: described(
    text(format.kubernetesVersion),
    "vX.Y.Z in quotes; default: what the box or the first host carries",
  ),
  podSubnet: described(text(format.cidr), "Addresses of pods", DEFAULTS.podSubnet),
  serviceSubnet: described(text(format.cidr), "Addresses of services", DEFAULTS.serviceSubnet),
  dnsDomain: described(text(format.dnsName), "Domain of services", DEFAULTS.dnsDomain),
  apiServer: object({
    endpoint: described(
      text(format.orEmpty(format.ipv4)),
      "IPv4 address of a load balancer before the masters; empty: the masters themselves",
      "",
    ),
    certSANs: described(
      list(text(format.altName), 100),
      "More names and addresses for the API server's certificate",
      [],
    ),
  }),
  ignorePreflightErrors: described(
    list(text(format.checkName), 100),
    "Preflight checks whose failure kubeadm ignores",
    [],
  ),
  kubeadm: described(object(KUBEADM), "Additions to kubeadm's configuration, merged by kind"),
});

const VAGRANT = object({
  provider: described(choice(VAGRANT_PROVIDER_NAMES), "Default: the first usable one on this computer, never docker"),
  box: described(text(format.boxName), "Vagrant box", DEFAULTS.box),
  boxUrl: described(text(format.anyLine), "File, URL or catalogue JSON to get the box from", ""),
  boxSha256: described(text(format.orEmpty(format.sha256)), "SHA-256 of the box file", ""),
  boxCatalog: described(
    text(format.anyLine),
    "Catalogue JSON, file or URL, that a box is chosen from when none is named and Vagrant has none that fits",
  ),
  boxBase: described(text(format.anyLine), "Image that a missing box is built of, file or URL; default: Alpine's own"),
  boxBaseSha512: described(text(format.sha512), "SHA-512 of that image; default: what stands beside it"),
  boxMirror: described(
    text(format.mirrorUrl),
    "Mirror of Alpine that a missing box is built with; default: Alpine's own",
  ),
  image: described(
    text(format.imageReference),
    "Docker image of the nodes, with an init as on a machine; needed with provider: docker, refused with others",
  ),
  network: described(text(format.cidr), "Cluster network; default: 10.250.250.0/24, with VirtualBox 192.168.56.0/24"),
});

const ADDON = textOr(
  text(format.dnsLabel),
  object(
    {
      name: text(format.dnsLabel),
      version: text(format.addonVersion),
      manifest: described(text(format.anyLine), "File (relative to the cluster folder) or URL"),
      sha256: described(text(format.sha256), "SHA-256 of the manifest; needed for a URL"),
      values: described(map(format.parameterName, scalar()), "Values of the add-on's parameters; see its page in docs"),
    },
    ["name"],
  ),
);

const CATALOGUE = object({
  folder: described(text(format.anyLine), "Folder with files NAME.yaml, relative to the cluster folder"),
  url: described(text(format.httpUrl), "URL of such a folder as .tar or .tar.gz, or of one such file"),
  sha256: described(text(format.sha256), "SHA-256 of what the URL gives; needed for a URL"),
});

const SPEC = object({
  domain: described(text(format.dnsName), "Domain of the nodes' names", DEFAULTS.domain),
  kubernetes: described(KUBERNETES, "Kubernetes itself"),
  provider: described(choice(["vagrant", "hosts"]), "Where nodes come from", DEFAULTS.provider),
  vagrant: described(VAGRANT, "Machines made by Vagrant; read with provider: vagrant"),
  nodes: described(NODES, "Nodes made by Vagrant; with provider: hosts give hosts instead"),
  hosts: described(HOSTS, "Machines that exist already; needed with provider: hosts"),
  images: described(
    object({
      repository: described(
        text(format.orEmpty(format.registry)),
        "Where kubeadm gets its images; empty: registry.k8s.io",
        "",
      ),
      mirrors: reserved(
        "a mirror of a registry is not delivered yet; set one up on the nodes, in containerd's configuration",
      ),
    }),
    "Container images",
  ),
  proxy: described(
    object({
      http: described(text(format.orEmpty(format.proxyUrl)), "Proxy for http", ""),
      https: described(text(format.orEmpty(format.proxyUrl)), "Proxy for https", ""),
      ca: described(
        text(format.anyLine),
        "PEM file (relative to the cluster folder) with the CA of a proxy that intercepts TLS; nodes and downloads trust it",
        "",
      ),
      noProxy: described(
        list(text(format.noProxyEntry), 200),
        "Reached directly, besides the cluster's own networks",
        [],
      ),
    }),
    "Proxy of the nodes",
  ),
  kubectl: described(
    object({
      mirror: described(
        text(format.orEmpty(format.mirrorUrl)),
        "Stands in for https://dl.k8s.io, with the same paths below it; empty: none",
        "",
      ),
    }),
    "The kubectl of this computer",
  ),
  network: described(choice(["default", "none"]), "none: no network add-on is wanted", DEFAULTS.network),
  addons: described(list(ADDON, 50), "Add-ons in order; a list replaces the default", DEFAULTS.addons),
  catalogues: described(list(CATALOGUE, 20), "Catalogues of your own, besides the delivered one", []),
});

/** The whole spec as a user may write it; the one source of the validator and of the JSON Schema. */
export const CLUSTER_SHAPE = object({
  apiVersion: described(choice(["alpine-k8s/v1"]), "Version of this format"),
  kind: choice(["Cluster"]),
  metadata: object({
    name: described(text(format.clusterName), "Name of the cluster; default: the folder's name, made DNS-safe"),
  }),
  spec: SPEC,
});

/** What was read: every part may be absent. */
export type RawCluster = NonNullable<ReadOf<typeof CLUSTER_SHAPE>>;
export type RawSpec = NonNullable<RawCluster["spec"]>;
