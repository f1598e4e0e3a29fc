import type { Role } from "./cluster-spec.js";
import { formatAddress, formatSubnet, parseSubnet, sizeOf, type Subnet } from "./ipv4.js";

/** A range of addresses, as offsets from the network's first address; both ends are included. */
interface Offsets {
  readonly first: number;
  readonly last: number;
}

/**
 * What the addresses of the cluster network are for, as offsets from its first address; the same for every prefix.
 * Masters .2 to .8, the API's virtual address .9, minions .10 to .199, load balancers .200 to .249.
 */
export const LAYOUT = {
  gateway: 1,
  master: { first: 2, last: 8 },
  virtual: 9,
  minion: { first: 10, last: 199 },
  loadBalancers: { first: 200, last: 249 },
  /** The layout takes 256 addresses, so a network has at most this prefix. */
  longestPrefix: 24,
  /** Larger networks are refused as typing errors. */
  shortestPrefix: 8,
} as const;

/** How many nodes of a role the network has addresses for. */
export function capacityOf(role: Role): number {
  return LAYOUT[role].last - LAYOUT[role].first + 1;
}

/** `.2 to .8`, for messages. */
export function rangeText({ first, last }: Offsets): string {
  return `.${first} to .${last}`;
}

/** The whole layout as text, for messages. */
export function layoutText(): string {
  const { master, virtual, minion, loadBalancers } = LAYOUT;
  return (
    `masters ${rangeText(master)}, the API's virtual address .${virtual}, ` +
    `minions ${rangeText(minion)}, load balancers ${rangeText(loadBalancers)}`
  );
}

/**
 * The address of `master<number>` or `minion<number>`; undefined when the number is outside the role's range.
 * Precondition: `network` is a valid CIDR.
 */
export function addressOf(network: string, role: Role, number: number): string | undefined {
  if (!Number.isInteger(number) || number < 1 || number > capacityOf(role)) return undefined;
  return formatAddress(subnetOf(network).base + LAYOUT[role].first + number - 1);
}

/** The reserved virtual address of the API. */
export function virtualAddressOf(network: string): string {
  return formatAddress(subnetOf(network).base + LAYOUT.virtual);
}

/** The address of this computer in the network. */
export function gatewayOf(network: string): string {
  return formatAddress(subnetOf(network).base + LAYOUT.gateway);
}

/** The network's last four addresses, CIDR: where machines without a fixed address do no harm. */
export function dynamicRangeOf(network: string): string {
  const subnet = subnetOf(network);
  return formatSubnet({ base: subnet.base + sizeOf(subnet) - DYNAMIC, prefix: 30 });
}

const DYNAMIC = 4;

/** Role and number in `master1`, `minion12`; undefined for any other name. */
export function numberedName(name: string): { readonly role: Role; readonly number: number } | undefined {
  const match = /^(master|minion)([1-9]\d{0,5})$/.exec(name);
  return match === null ? undefined : { role: match[1] === "master" ? "master" : "minion", number: Number(match[2]) };
}

/** Why a node may not have this offset; undefined when it may. */
export function offsetTaken(offset: number, size: number): string | undefined {
  const { gateway, virtual, loadBalancers } = LAYOUT;
  if (offset === 0) return "the network's own address";
  if (offset === gateway) return "the address of this computer in the network";
  if (offset === size - 1) return "the network's broadcast address";
  if (offset === virtual) return "the API's virtual address";
  if (offset >= loadBalancers.first && offset <= loadBalancers.last) {
    return `among the addresses of load balancers (${rangeText(loadBalancers)})`;
  }
  return undefined;
}

/** What an offset in a network is kept for, in words; undefined when it is nobody's. */
export function reservedFor(offset: number, network: string): string | undefined {
  const taken = offsetTaken(offset, sizeOf(subnetOf(network)));
  if (taken !== undefined) return taken;
  if (offset >= sizeOf(subnetOf(network)) - DYNAMIC) {
    return `among those that machines without a fixed address get (${dynamicRangeOf(network)})`;
  }
  const role = (["master", "minion"] as const).find((one) => offset >= LAYOUT[one].first && offset <= LAYOUT[one].last);
  return role === undefined ? undefined : `among the addresses of ${role}s (${rangeText(LAYOUT[role])})`;
}

function subnetOf(network: string): Subnet {
  const subnet = parseSubnet(network);
  if (subnet === undefined) throw new TypeError(`not a network in CIDR form: ${network}`);
  return subnet;
}
