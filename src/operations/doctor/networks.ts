import { formatSubnet, overlaps, parseSubnet, type Subnet } from "../../model/spec/ipv4.js";
import type { LocalFiles } from "../../base/local-system.js";
import { clusterNetwork, type QuickSubject } from "./subject.js";

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

/** The next higher network of the same size that overlaps none of `taken`; the network itself when there is none. */
export function freeNetwork({ subnet }: OwnNetwork, taken: readonly Subnet[]): string {
  const size = 2 ** (32 - subnet.prefix);
  for (let step = 1; step <= 256; step += 1) {
    const candidate = { base: subnet.base + step * size, prefix: subnet.prefix };
    if (candidate.base + size <= 2 ** 32 && !taken.some((other) => overlaps(other, candidate)))
      return formatSubnet(candidate);
  }
  return formatSubnet(subnet);
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
