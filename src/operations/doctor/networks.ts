import { VIRTUALBOX_NETWORKS } from "../../model/spec/defaults.js";
import { contains, formatSubnet, overlaps, parseSubnet, sizeOf, type Subnet } from "../../model/spec/ipv4.js";
import type { LocalFiles } from "../../base/local-system.js";
import { clusterNetwork, editSpec, type QuickSubject } from "./subject.js";

/** A network that this computer reaches without its default route. */
export interface Reach {
  readonly iface: string;
  readonly subnet: Subnet;
  readonly text: string;
}

/** A network of the cluster. */
export interface OwnNetwork {
  readonly what: string;
  readonly cidr: string;
  readonly subnet: Subnet;
  /** The spec's key. */
  readonly key: string;
}

/** Routes with a shorter prefix (`0.0.0.0/1`) redirect all traffic; every other route takes precedence over them. */
const SHORTEST_PREFIX = 8;

/**
 * The networks behind this computer's interfaces: its addresses and, on Linux, its routes (/proc/net/route). macOS and
 * Windows show routes only through programs, so there only the addresses count.
 */
export async function networksHere(computer: LocalFiles): Promise<readonly Reach[]> {
  const routes = routesIn((await computer.read("/proc/net/route")) ?? "");
  const own = computer.addresses().flatMap(({ name, cidr }) => {
    const subnet = parseSubnet(cidr);
    return subnet ? [reach(name, subnet)] : [];
  });
  const seen = new Map([...own, ...routes].map((one) => [`${one.iface} ${one.text}`, one]));
  return [...seen.values()].filter(({ iface, subnet }) => iface !== "lo" && subnet.prefix >= SHORTEST_PREFIX);
}

/** Lines of /proc/net/route: addresses and masks are hexadecimal in the byte order of the processor, little-endian. */
function routesIn(text: string): Reach[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [iface = "", destination = "", , , , , , mask = ""] = line.split("\t");
      // No interface: a route that refuses (unreachable, blackhole), so nothing that this computer reaches.
      if (iface === "*") return [];
      if (!/^[0-9A-F]{8}$/i.test(destination) || !/^[0-9A-F]{8}$/i.test(mask)) return [];
      const prefix = swapped(mask).toString(2).replace(/0+$/, "").length;
      return [reach(iface, { base: swapped(destination), prefix })];
    });
}

function swapped(hex: string): number {
  return Buffer.from(hex, "hex").readUInt32LE(0);
}

function reach(iface: string, subnet: Subnet): Reach {
  return { iface, subnet, text: formatSubnet(subnet) };
}

/** Whether an interface's name is one that VPN programs give. */
export function isVpn({ iface }: Reach): boolean {
  return /^(tun|utun|ppp|wg|ipsec|tailscale|zt|gpd|cscotun|nordlynx|proton|mullvad)\d*/i.test(iface);
}

/** The networks of the cluster, as far as they are known. */
export function ownNetworks(subject: QuickSubject): readonly OwnNetwork[] {
  const { identity, spec } = subject;
  const all = [
    ["the cluster network", clusterNetwork(subject), "spec.vagrant.network"],
    ["the pods' network", identity?.podSubnet ?? spec?.kubernetes.podSubnet, "spec.kubernetes.podSubnet"],
    [
      "the services' network",
      identity?.serviceSubnet ?? spec?.kubernetes.serviceSubnet,
      "spec.kubernetes.serviceSubnet",
    ],
  ] as const;
  return all.flatMap(([what, cidr, key]) => {
    const subnet = parseSubnet(cidr ?? "");
    return cidr === undefined || subnet === undefined ? [] : [{ what, cidr, subnet, key }];
  });
}

/** Where networks of one's own may lie (RFC 1918). */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/**
 * A private network of the same size that nothing of `taken` touches, or nothing when there is none: the next one above that is
 * free, then those below, then those of the other private ranges. VirtualBox takes its machines' networks from one range only.
 */
function freeNetwork(subject: QuickSubject, { subnet, key }: OwnNetwork, taken: readonly Subnet[]): string | undefined {
  const ofVirtualBox = key === "spec.vagrant.network" && subject.vagrantProvider === "virtualbox";
  const ranges = (ofVirtualBox ? [VIRTUALBOX_NETWORKS] : PRIVATE).flatMap((cidr) => parseSubnet(cidr) ?? []);
  const size = sizeOf(subnet);
  const from = (base: number, range: Subnet): string | undefined => {
    for (let at = base; at + size <= range.base + sizeOf(range); at += size) {
      const candidate = { base: at, prefix: subnet.prefix };
      if (!taken.some((other) => overlaps(other, candidate))) return formatSubnet(candidate);
    }
    return undefined;
  };
  const home = ranges.find((range) => contains(range, subnet.base));
  const above = home === undefined ? undefined : from(subnet.base + size, home);
  if (above !== undefined) return above;
  for (const range of home === undefined ? ranges : [home, ...ranges]) {
    const found = from(range.base, range);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What no new network of the cluster may touch: all that this computer reaches, and the cluster's others. */
export async function takenHere(subject: QuickSubject): Promise<readonly Subnet[]> {
  return [...(await networksHere(subject.computer)), ...ownNetworks(subject)].map(({ subnet }) => subnet);
}

/** Words and command where a check found a network of the cluster taken, with a free one if there is any. */
export function freeAdvice(
  subject: QuickSubject,
  mine: OwnNetwork,
  taken: readonly Subnet[],
): { readonly words: string; readonly command: string } {
  const free = freeNetwork(subject, mine, taken);
  if (free === undefined) {
    return {
      words: `no private network of this size is free for ${mine.key}: leave the VPN, if there is one, for the first up, or let it route less`,
      command: subject.computer.platform === "linux" ? "ip route" : "netstat -rn",
    };
  }
  const isNew = subject.identity === undefined && subject.spec?.vagrant.network === undefined;
  const byFlag = mine.key === "spec.vagrant.network" && isNew;
  return {
    words: `${mine.key}: ${free} would be free`,
    command: byFlag ? `alpine-k8s up --network ${free}` : editSpec(subject),
  };
}

/** Pairs of networks that overlap. */
export function clashes(
  own: readonly OwnNetwork[],
  here: readonly Reach[],
): readonly { readonly mine: OwnNetwork; readonly theirs: Reach }[] {
  return own.flatMap((mine) =>
    here.filter(({ subnet }) => overlaps(subnet, mine.subnet)).map((theirs) => ({ mine, theirs })),
  );
}
