/** An IPv4 network with its first address as a number from 0 to 2^32 - 1. */
export interface Subnet {
  readonly base: number;
  readonly prefix: number;
}

/** The address as a number; undefined when the text is not exactly four decimal octets. */
export function parseAddress(text: string): number | undefined {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (octets === undefined) return undefined;
  // A leading zero means octal to some programs and decimal to others.
  if (octets.some((octet) => Number(octet) > 255 || (octet.length > 1 && octet.startsWith("0")))) return undefined;
  return octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** The subnet's number of addresses, network and broadcast address included. */
export function sizeOf(subnet: Subnet): number {
  return 2 ** (32 - subnet.prefix);
}

/**
 * Reads `a.b.c.d/prefix`; undefined for any other text. Clears address bits after the prefix: compare
 * {@link formatSubnet} with the text to know whether there were any.
 */
export function parseSubnet(text: string): Subnet | undefined {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const value = parseAddress(address);
  if (value === undefined || rest.length > 0 || !/^(?:\d|[12]\d|3[0-2])$/.test(prefix)) return undefined;
  const size = 2 ** (32 - Number(prefix));
  return { base: value - (value % size), prefix: Number(prefix) };
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatAddress(subnet.base)}/${subnet.prefix}`;
}

export function contains(subnet: Subnet, address: number): boolean {
  return address >= subnet.base && address < subnet.base + sizeOf(subnet);
}

export function overlaps(one: Subnet, other: Subnet): boolean {
  return contains(one, other.base) || contains(other, one.base);
}

const SPECIAL: readonly { readonly subnet: Subnet; readonly what: string }[] = [
  { subnet: { base: 0, prefix: 8 }, what: '"this network" (0.0.0.0/8)' },
  { subnet: { base: 127 * 2 ** 24, prefix: 8 }, what: "loopback (127.0.0.0/8)" },
  { subnet: { base: (169 * 256 + 254) * 2 ** 16, prefix: 16 }, what: "link-local (169.254.0.0/16)" },
  { subnet: { base: 224 * 2 ** 24, prefix: 3 }, what: "multicast or reserved (224.0.0.0 and above)" },
];

/** The name of the special range (RFC 6890) that the subnet touches, if it does: no node can use such addresses. */
export function specialRange(subnet: Subnet): string | undefined {
  return SPECIAL.find((range) => overlaps(range.subnet, subnet))?.what;
}
