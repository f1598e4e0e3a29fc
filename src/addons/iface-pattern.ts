/**
 * A regular expression that matches the address of every node's cluster interface, for nodes whose interfaces have
 * different names: exactly the cluster network where there is one; else the common /24 of the addresses, so that
 * another node in it changes nothing; else the addresses one by one. Anchored, so that it matches no interface name,
 * which flannel would try next. Go's RE2 and JavaScript read it alike.
 */
export function ifacePattern(cluster: { readonly network?: string; readonly addresses: readonly string[] }): string {
  const inNetwork = cluster.network === undefined ? undefined : networkPattern(cluster.network);
  if (inNetwork !== undefined) return inNetwork;
  const subnets = new Set(cluster.addresses.map((address) => address.split(".").slice(0, 3).join(".")));
  const [subnet] = subnets;
  if (subnet !== undefined && subnets.size === 1) return `^${escaped(subnet)}\\.`;
  return `^(?:${[...new Set(cluster.addresses)].map(escaped).join("|")})$`;
}

function networkPattern(network: string): string | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(network);
  if (!match) return undefined;
  const numbers = match.slice(1).map(Number);
  const bits = numbers[4] ?? 0;
  if (bits < 1 || bits > 32) return undefined;
  const whole = Math.floor(bits / 8);
  const octets = numbers.slice(0, whole).map(String);
  const within = bits % 8;
  if (within > 0) octets.push(octetPattern(numbers[whole] ?? 0, within));
  return `^${octets.join("\\.")}${octets.length === 4 ? "$" : "\\."}`;
}

/** A pattern for the octets that share their first `bits` bits with `octet`. */
function octetPattern(octet: number, bits: number): string {
  const size = 2 ** (8 - bits);
  const first = octet - (octet % size);
  return `(?:${Array.from({ length: size }, (_, index) => first + index).join("|")})`;
}

function escaped(address: string): string {
  return address.replaceAll(".", "\\.");
}
