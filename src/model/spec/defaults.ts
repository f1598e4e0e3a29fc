import { ADDRESS_ADDON } from "./addon-names.js";
import type { ProviderName, VagrantProviderName } from "./cluster-spec.js";

/** Every default of the spec, once: the parser applies them, the JSON Schema and the docs show them. */
export const DEFAULTS = {
  domain: "example.com",
  podSubnet: "10.244.0.0/16",
  serviceSubnet: "10.96.0.0/12",
  dnsDomain: "cluster.local",
  provider: "vagrant" satisfies ProviderName as ProviderName,
  box: "alpine-3.24-containerd-kubernetes-v1.36.1",
  masters: 1,
  minions: 2,
  cpus: 2,
  /** MiB */
  memory: 2048,
  sshPort: 22,
  sshUser: "root",
  become: "auto",
  addons: ["canal", "metrics-server", "headlamp"],
  network: "default",
} as const;

/**
 * The first minor of Kubernetes 1 for which a default add-on has a release, where the oldest supported one has none; a test
 * compares it with the catalogue.
 */
const SINCE: Readonly<Record<string, number>> = { "metrics-server": 25, headlamp: 24, [ADDRESS_ADDON]: 29 };

/** The masters that a cluster has at least to get one address for all of them by default. */
export const ADDRESS_SINCE_MASTERS = 3;

/**
 * The add-ons of a cluster whose spec names none; those for the newest Kubernetes where its version is not known. With
 * `sharesAddress` there is the one that gives all masters one address, too.
 */
export function defaultAddons(kubernetesVersion: string | undefined, sharesAddress = false): readonly string[] {
  const [, minor = Number.MAX_SAFE_INTEGER] = /^v1\.(\d+)\./.exec(kubernetesVersion ?? "") ?? [];
  const names = [...DEFAULTS.addons, ...(sharesAddress ? [ADDRESS_ADDON] : [])];
  return names.filter((name) => Number(minor) >= (SINCE[name] ?? 0));
}

/** The network's layout has addresses for this many, and etcd recommends no more members (etcd FAQ). */
export const MOST_MASTERS = 7;
export const MORE_MASTERS = `at most ${MOST_MASTERS} masters: each is an etcd member, and etcd recommends no more`;

/** What `render`, which does not look for providers on this computer, uses when the spec names none. */
export const DEFAULT_VAGRANT_PROVIDER: VagrantProviderName = "libvirt";

/** Cluster network of a Vagrant provider when the spec names none. */
export function defaultNetworkOf(provider: VagrantProviderName | undefined): string {
  return provider === "virtualbox" ? "192.168.56.0/24" : "10.250.250.0/24";
}

/**
 * Host-only networks that VirtualBox 6.1.28 and newer allows without `/etc/vbox/networks.conf`
 * (VirtualBox manual, section "Host-Only Networking").
 */
export const VIRTUALBOX_NETWORKS = "192.168.56.0/21";

/** A cluster name from a folder's name: lower case, `a-z0-9-`, at most 40 characters; `cluster` when nothing is left. */
export function nameFromFolder(folderName: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(folderName)) return folderName;
  const name = folderName
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 41)
    .replace(/^-+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return name === "" ? "cluster" : name;
}
