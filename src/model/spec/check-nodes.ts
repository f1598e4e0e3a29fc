import type { ClusterSpec, HostEntry, ListedNode } from "./cluster-spec.js";
import type { Given } from "./check-networks.js";
import { MORE_MASTERS, MOST_MASTERS } from "./defaults.js";
import { isInside } from "./formats.js";
import { parseAddress, parseSubnet, sizeOf, specialRange } from "./ipv4.js";
import { addressOf, capacityOf, LAYOUT, numberedName, offsetTaken, rangeText } from "./layout.js";
import { pathText, type Path, type Problem } from "./problems.js";

/** A host name, and the value of the label kubernetes.io/hostname, has at most 63 characters. */
const LONGEST_FQDN = 63;

/**
 * What is wrong with the nodes that the spec asks for. `network` is the cluster network, or undefined when it is not
 * known yet.
 */
export function nodeProblems(spec: ClusterSpec, network: string | undefined, given: Given): readonly Problem[] {
  const problems = spec.provider === "hosts" ? hostProblems(spec, given) : vagrantProblems(spec, network, given);
  return [...problems, ...longNames(spec)];
}

/** The explicit address, or the one that follows from the node's name; undefined when there is neither. */
export function listedAddress(node: ListedNode, network: string | undefined): string | undefined {
  if (node.address !== undefined) return node.address;
  const numbered = numberedName(node.name);
  if (numbered === undefined || network === undefined || parseSubnet(network) === undefined) return undefined;
  return addressOf(network, numbered.role, numbered.number);
}

function vagrantProblems(spec: ClusterSpec, network: string | undefined, given: Given): Problem[] {
  const { list } = spec.nodes;
  const path = ["spec", "nodes", "list"];
  const hosts = spec.hosts.length === 0 ? [] : [{ path: ["spec", "hosts"], what: HOSTS_UNUSED }];
  if (list.length === 0) return hosts;
  const counts = ["masters", "minions"]
    .map((group) => ["spec", "nodes", group, "count"])
    .filter((count) => given(count));
  return [
    ...hosts,
    ...counts.map((count) => ({ path: count, what: COUNT_UNUSED })),
    ...roleProblems(list, path),
    ...list.flatMap((node, index) => listedNodeProblems(node, [...path, index], network)),
    ...duplicates(
      list.map((node) => node.name),
      path,
      () => "name",
      "the name",
    ),
    ...duplicates(
      list.map((node) => listedAddress(node, network) ?? ""),
      path,
      () => "address",
      "the address",
    ),
  ];
}

const HOSTS_UNUSED =
  "hosts are only used with provider: hosts, and the provider here is vagrant; say provider: hosts, or take the hosts out";
const COUNT_UNUSED =
  "spec.nodes.list names every node, so a count has no meaning beside it; change the list, or take it out";

function listedNodeProblems(node: ListedNode, path: Path, network: string | undefined): Problem[] {
  if (node.name === "") return [];
  const numbered = numberedName(node.name);
  if (numbered !== undefined && numbered.role !== node.role) {
    return [
      { path: [...path, "role"], what: `${node.name} is a ${node.role} here, but its name says ${numbered.role}` },
    ];
  }
  if (node.address !== undefined) return addressProblems(node.address, [...path, "address"], network ?? "");
  if (numbered === undefined) {
    return [
      { path, what: `${node.name} needs an address of its own: only master<N> and minion<N> have one by their name` },
    ];
  }
  const most = capacityOf(node.role);
  if (numbered.number <= most) return [];
  const what = `${node.name} has no place in the network: ${node.role}s have ${rangeText(LAYOUT[node.role])}, ${most} addresses`;
  return [{ path: [...path, "name"], what }];
}

function addressProblems(address: string, path: Path, network: string): Problem[] {
  const subnet = parseSubnet(network);
  if (subnet === undefined) return [];
  if (!isInside(network, address)) return [{ path, what: `${address} is not in the cluster network ${network}` }];
  const taken = offsetTaken((parseAddress(address) ?? 0) - subnet.base, sizeOf(subnet));
  return taken === undefined ? [] : [{ path, what: `${address} cannot be given to a node: it is ${taken}` }];
}

function hostProblems(spec: ClusterSpec, given: Given): Problem[] {
  const path = ["spec", "hosts"];
  const problems: Problem[] = [];
  if (given(["spec", "nodes"])) {
    problems.push({
      path: ["spec", "nodes"],
      what: "with provider: hosts the nodes are those under spec.hosts; take spec.nodes out",
    });
  }
  if (spec.hosts.length === 0) {
    return [
      ...problems,
      { path, what: "with provider: hosts the machines must be listed here: name, role and address of each" },
    ];
  }
  return [
    ...problems,
    ...roleProblems(spec.hosts, path),
    ...spec.hosts.flatMap((host, index) => privateAddressProblem(host, [...path, index])),
    ...duplicates(
      spec.hosts.map((host) => host.name),
      path,
      () => "name",
      "the name",
    ),
    ...addressDuplicates(spec.hosts, path),
  ];
}

/** Nodes with the same address, and entries for the same machine. */
function addressDuplicates(hosts: readonly HostEntry[], path: Path): Problem[] {
  const keyOf = (index: number) =>
    hosts[index]?.privateAddress === hosts[index]?.address ? "address" : "privateAddress";
  const nodes = duplicates(
    hosts.map((host) => host.privateAddress),
    path,
    keyOf,
    "the node address",
  );
  const targets = duplicates(
    hosts.map((host) => sshTarget(host)),
    path,
    () => "address",
    "the ssh address",
  );
  const known = new Set(nodes.map((problem) => pathText(problem.path)));
  return [...nodes, ...targets.filter((problem) => !known.has(pathText(problem.path)))];
}

function sshTarget(host: { readonly address: string; readonly port: number }): string {
  return host.address === "" ? "" : `${host.address.toLowerCase()} port ${host.port}`;
}

function privateAddressProblem(host: { address: string; privateAddress: string }, path: Path): Problem[] {
  if (host.address === "" || host.address !== host.privateAddress) return [];
  const address = parseAddress(host.address);
  const special = address === undefined ? undefined : specialRange({ base: address, prefix: 32 });
  if (address !== undefined && special === undefined) return [];
  const why = special === undefined ? "is a name, not an IPv4 address" : `is in ${special}`;
  return [
    { path: [...path, "address"], what: `${host.address} ${why}: give the node's own IPv4 address as privateAddress` },
  ];
}

function roleProblems(nodes: readonly { readonly role: string; readonly name: string }[], path: Path): Problem[] {
  const masters = nodes.filter((node) => node.role === "master").length;
  if (masters === 0) return [{ path, what: "has no master: at least one node needs role: master" }];
  return masters > MOST_MASTERS ? [{ path, what: `has ${masters} masters; ${MORE_MASTERS}` }] : [];
}

function duplicates(values: readonly string[], path: Path, keyOf: (index: number) => string, label: string): Problem[] {
  const first = new Map<string, number>();
  return values.flatMap((value, index) => {
    const earlier = first.get(value);
    if (value === "") return [];
    if (earlier === undefined) first.set(value, index);
    return earlier === undefined
      ? []
      : [
          {
            path: [...path, index, keyOf(index)],
            what: `${label} ${value} is used twice, first by entry ${earlier + 1} of the list`,
          },
        ];
  });
}

function longNames(spec: ClusterSpec): Problem[] {
  const names =
    spec.provider === "hosts"
      ? spec.hosts.map((host) => host.name)
      : spec.nodes.list.length > 0
        ? spec.nodes.list.map((node) => node.name)
        : [`minion${Math.max(spec.nodes.minions.count, 1)}`];
  const longest = [...names, `api.${spec.name}`].reduce((a, b) => (b.length > a.length ? b : a), "");
  const fqdn = `${longest}.${spec.domain}`;
  if (fqdn.length <= LONGEST_FQDN) return [];
  return [
    {
      path: ["spec", "domain"],
      what: `makes the name ${fqdn} of ${fqdn.length} characters, at most ${LONGEST_FQDN} are possible`,
    },
  ];
}
