import { ADDRESS_ADDON } from "../addon-names.js";
import type { AddonRef, ClusterSpec, VagrantProviderName } from "../cluster-spec.js";
import { listedAddress } from "../check-nodes.js";
import { contains, parseAddress, parseSubnet } from "../ipv4.js";
import { addressOf, LAYOUT, reservedFor, virtualAddressOf } from "../layout.js";
import { shown, type Path, type Problem } from "../problems.js";

type Asked = Pick<ClusterSpec, "addons">;

/** The catalogue's add-on that gives all masters one address; one of the user's own under its name is any other add-on. */
export function addressAddon({ addons }: Asked): AddonRef | undefined {
  return addons.find(isAddressAddon);
}

export function isAddressAddon({ name, manifest }: AddonRef): boolean {
  return name === ADDRESS_ADDON && manifest === undefined;
}

/** The address that the spec gives; undefined for the one of the network's layout. */
export function givenAddress(spec: Asked): string | undefined {
  const given = addressAddon(spec)?.values?.["address"];
  return typeof given === "string" && given !== "" ? given : undefined;
}

/** Why machines of a Vagrant provider cannot carry an address that moves from one to another. */
const NO_MOVING: Readonly<Partial<Record<VagrantProviderName, string>>> = {
  qemu: "machines of vagrant-qemu share no network in which an address could move",
  hyperv: "Vagrant sets up no network of the cluster's own with Hyper-V",
};

/**
 * What is wrong with the one address of all masters, where the spec has it. `network` is the cluster network, undefined
 * where it is not known yet, or the user's.
 */
export function addressProblems(spec: ClusterSpec, network: string | undefined): readonly Problem[] {
  const index = spec.addons.findIndex(isAddressAddon);
  if (index < 0) return [];
  const path: Path = ["spec", "addons", index];
  const balancer = spec.kubernetes.apiServer.endpoint;
  if (balancer !== "") {
    const what = `gives the masters one address, and spec.kubernetes.apiServer.endpoint has ${balancer} for them; take one of the two out`;
    return [{ path, what: `${ADDRESS_ADDON} ${what}` }];
  }
  const why = spec.provider === "vagrant" ? NO_MOVING[spec.vagrant.provider ?? "libvirt"] : undefined;
  if (why !== undefined) return [{ path, what: `${ADDRESS_ADDON} gives the masters one address, and ${why}` }];
  const given = givenAddress(spec);
  if (given === undefined) return missing(spec, path);
  const what = wrongAddress(given, spec, network);
  return what === undefined ? [] : [{ path: [...path, "values", "address"], what }];
}

function missing({ provider, addons }: ClusterSpec, path: Path): Problem[] {
  const value = addons.find(isAddressAddon)?.values?.["address"];
  if (value !== undefined && typeof value !== "string") {
    return [{ path: [...path, "values", "address"], what: "must be an IPv4 address such as 192.0.2.10" }];
  }
  if (provider !== "hosts") return [];
  const example = `{name: ${ADDRESS_ADDON}, values: {address: 192.0.2.10}}`;
  return [{ path, what: `${ADDRESS_ADDON} needs an address that is free in the masters' network: ${example}` }];
}

function wrongAddress(given: string, spec: ClusterSpec, network: string | undefined): string | undefined {
  const value = parseAddress(given);
  if (value === undefined) return `${shown(given)} is not an IPv4 address such as 192.0.2.10`;
  const node = addressesOf(spec, network).find(({ address }) => address === given);
  if (node !== undefined) return `${given} is the address of ${node.name}; give one that nobody has`;
  const { podSubnet, serviceSubnet } = spec.kubernetes;
  for (const [cidr, label] of [
    [podSubnet, "the pods' network"],
    [serviceSubnet, "the services' network"],
  ] as const) {
    const subnet = parseSubnet(cidr);
    if (subnet !== undefined && contains(subnet, value)) return `${given} lies inside ${label} ${cidr}`;
  }
  return network === undefined ? undefined : outOfPlace(given, value, network);
}

/** With Vagrant: outside of the cluster's network, or where the layout has room for others. */
function outOfPlace(given: string, value: number, network: string): string | undefined {
  const subnet = parseSubnet(network);
  if (subnet === undefined) return undefined;
  const best = `leave it out for ${virtualAddressOf(network)}`;
  if (!contains(subnet, value)) return `${given} is not in the cluster network ${network}; ${best}`;
  const offset = value - subnet.base;
  if (offset === LAYOUT.virtual) return undefined;
  const taken = reservedFor(offset, network);
  return taken === undefined ? undefined : `${given} is ${taken}; ${best}`;
}

function addressesOf(
  { provider, hosts, nodes }: ClusterSpec,
  network: string | undefined,
): readonly { readonly name: string; readonly address: string | undefined }[] {
  if (provider === "hosts") {
    return hosts.flatMap(({ name, address, privateAddress }) => [
      { name, address },
      { name, address: privateAddress },
    ]);
  }
  if (nodes.list.length > 0)
    return nodes.list.map((node) => ({ name: node.name, address: listedAddress(node, network) }));
  return (["master", "minion"] as const).flatMap((role) =>
    Array.from({ length: nodes[`${role}s`].count }, (_, index) => ({
      name: `${role}${index + 1}`,
      address: network === undefined ? undefined : addressOf(network, role, index + 1),
    })),
  );
}
