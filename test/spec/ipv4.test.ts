import { describe, expect, it } from "vitest";
import {
  contains,
  formatAddress,
  formatSubnet,
  overlaps,
  parseAddress,
  parseSubnet,
  sizeOf,
  specialRange,
} from "../../src/model/spec/ipv4.js";
import { addressOf, capacityOf, numberedName, offsetTaken, virtualAddressOf } from "../../src/model/spec/layout.js";

/** Numbers that are the same in every run: a linear congruential generator (Numerical Recipes' constants). */
function randomNumbers(count: number): number[] {
  let state = 2026;
  return Array.from({ length: count }, () => (state = (state * 1664525 + 1013904223) % 2 ** 32));
}

const subnets = randomNumbers(600).map((number, index) => {
  const prefix = index % 33;
  return { base: number - (number % 2 ** (32 - prefix)), prefix };
});

describe("addresses", () => {
  it("read back what was written", () => {
    for (const number of [0, 1, 2 ** 31, 2 ** 32 - 1, ...randomNumbers(1000)]) {
      expect(parseAddress(formatAddress(number))).toBe(number);
    }
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "1.2.3.4 ",
    "a.b.c.d",
    "1.2.3.-4",
    "1e1.0.0.0",
    "::1",
    "0x7f.0.0.1",
  ])("refuse %j", (text) => expect(parseAddress(text)).toBeUndefined());
});

describe("subnets", () => {
  it("read back what was written, bits behind the prefix cut off", () => {
    for (const subnet of subnets) {
      expect(parseSubnet(formatSubnet(subnet))).toEqual(subnet);
      const last = formatAddress(subnet.base + sizeOf(subnet) - 1);
      expect(parseSubnet(`${last}/${subnet.prefix}`)).toEqual(subnet);
    }
  });

  it("overlap exactly when one holds the other's first address, whichever is asked first", () => {
    for (const [index, one] of subnets.entries()) {
      const other = subnets[(index * 7 + 1) % subnets.length] ?? one;
      const larger = one.prefix <= other.prefix ? one : other;
      const smaller = larger === one ? other : one;
      const same =
        formatSubnet(parseSubnet(`${formatAddress(smaller.base)}/${larger.prefix}`) ?? smaller) ===
        formatSubnet(larger);
      expect(overlaps(one, other)).toBe(same);
      expect(overlaps(other, one)).toBe(same);
      expect(overlaps(one, one)).toBe(true);
    }
  });

  it("hold their first and last address and not the ones beside them", () => {
    for (const subnet of subnets) {
      const size = sizeOf(subnet);
      expect(contains(subnet, subnet.base)).toBe(true);
      expect(contains(subnet, subnet.base + size - 1)).toBe(true);
      expect(contains(subnet, subnet.base - 1)).toBe(false);
      expect(contains(subnet, subnet.base + size)).toBe(false);
    }
  });

  it.each([
    "10.0.0.0",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "10.0.0/8",
    "10.0.0.0/08",
    "fd00::/8",
  ])("refuse %j", (text) => expect(parseSubnet(text)).toBeUndefined());

  it.each<[string, string | undefined]>([
    ["127.0.0.1/32", "loopback (127.0.0.0/8)"],
    ["0.0.0.0/0", '"this network" (0.0.0.0/8)'],
    ["239.1.1.1/32", "multicast or reserved (224.0.0.0 and above)"],
    ["255.255.255.255/32", "multicast or reserved (224.0.0.0 and above)"],
    ["169.254.7.0/24", "link-local (169.254.0.0/16)"],
    ["10.0.0.0/8", undefined],
    ["192.168.56.0/21", undefined],
  ])("%s is special: %s", (text, what) => {
    const subnet = parseSubnet(text);
    expect(subnet === undefined ? "no subnet" : specialRange(subnet)).toBe(what);
  });
});

describe("the layout", () => {
  it.each<[string, "master" | "minion", number, string | undefined]>([
    ["10.250.250.0/24", "master", 1, "10.250.250.2"],
    ["10.250.250.0/24", "master", 7, "10.250.250.8"],
    ["10.250.250.0/24", "master", 8, undefined],
    ["10.250.250.0/24", "minion", 1, "10.250.250.10"],
    ["10.250.250.0/24", "minion", 190, "10.250.250.199"],
    ["10.250.250.0/24", "minion", 191, undefined],
    ["10.250.250.0/24", "minion", 0, undefined],
    ["172.16.0.0/12", "minion", 2, "172.16.0.11"],
    ["192.168.56.0/21", "master", 2, "192.168.56.3"],
  ])("of %s gives %s%d %s", (network, role, number, address) => expect(addressOf(network, role, number)).toBe(address));

  it("gives every node another address, never a reserved one, in networks of any size", () => {
    for (const prefix of [8, 12, 16, 20, 23, 24]) {
      const network = `10.0.0.0/${prefix}`;
      const addresses = (["master", "minion"] as const).flatMap((role) =>
        Array.from({ length: capacityOf(role) }, (_, index) => addressOf(network, role, index + 1) ?? ""),
      );
      expect(new Set([...addresses, virtualAddressOf(network)]).size).toBe(198);
      const offsets = addresses.map((address) => (parseAddress(address) ?? 0) - (parseAddress("10.0.0.0") ?? 0));
      expect(offsets.map((offset) => offsetTaken(offset, 2 ** (32 - prefix)))).toEqual(addresses.map(() => undefined));
    }
  });

  it.each<[string, unknown]>([
    ["master1", { role: "master", number: 1 }],
    ["minion12", { role: "minion", number: 12 }],
    ["minion0", undefined],
    ["minion01", undefined],
    ["minion", undefined],
    ["worker1", undefined],
    ["minion1a", undefined],
  ])("reads the name %s", (name, expected) => expect(numberedName(name)).toEqual(expected));
});
