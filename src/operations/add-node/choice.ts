import { isDeepStrictEqual } from "node:util";
import { AlpineK8sError } from "../../base/errors.js";
import type { ClusterSpec, HostEntry, NodeShape, Role } from "../../model/spec/cluster-spec.js";
import { addHost, addNodes, type NewHost, type SpecText } from "../../model/spec/edit-spec.js";
import { addressOf, capacityOf, numberedName } from "../../model/spec/layout.js";
import type { PlannedNode, Topology } from "../../model/topology/topology.js";
import { readPendingNodes } from "./pending-nodes.js";
import type { ClusterContext } from "../../engine/context.js";

/** What the user asked for; what is absent comes from the spec and its defaults. */
export interface AddNodeRequest {
  readonly name?: string | undefined;
  readonly count: number;
  readonly role?: Role | undefined;
  /** Size (Vagrant only), labels and taints. */
  readonly shape: Partial<NodeShape>;
  /** How a host is reached; with Vagrant only `address` is allowed. */
  readonly host: Partial<Omit<HostEntry, "name" | "role" | "labels" | "taints">>;
}

/** Which nodes are to be added, and the spec that says so. */
export interface AddNodeChoice {
  /** Short names, in order. */
  readonly names: readonly string[];
  /** Those of `names` that the spec has already: written by hand, or left by an interrupted run. */
  readonly continued: readonly string[];
  /** Names of unfinished nodes that this run leaves as they are. */
  readonly waiting: readonly string[];
  /** The spec's file as it was read. */
  readonly before: string | undefined;
  /** The spec's text to write; the same as `before` when it names the nodes already. */
  readonly after: string | undefined;
}

type Folder = Pick<ClusterContext, "paths" | "spec" | "topology" | "identity" | "machines">;

interface Known {
  readonly wish: AddNodeRequest;
  readonly file: SpecText;
  readonly spec: ClusterSpec;
  readonly topology: Topology;
  /** Names of machines that Vagrant has made in the folder; empty with hosts. */
  readonly machines: ReadonlySet<string>;
  /** Nodes of the spec, in its order, that an earlier run left unfinished or that have no machine yet. */
  readonly unfinished: readonly PlannedNode[];
}

/**
 * Decides which nodes are added, from the folder alone: the spec, Vagrant's machines, and what an earlier run left.
 * Asks no node and writes nothing. Throws `usage` or `conflict` (exit 2) for a request that cannot be met.
 */
export async function chooseNodes(context: Folder, file: SpecText, wish: AddNodeRequest): Promise<AddNodeChoice> {
  const { paths, spec, topology, identity } = context;
  refuseWrongWish(wish, spec);
  const machines = new Set(await context.machines.existing());
  const left = await readPendingNodes(paths.adding);
  const isUnfinished = ({ name }: PlannedNode): boolean =>
    left.includes(name) || (identity.provider === "vagrant" && !machines.has(name));
  const unfinished = topology.nodes.filter(isUnfinished);
  const known: Known = { wish, file, spec, topology, machines, unfinished };
  return wish.name === undefined ? chooseByCount(known) : chooseByName(known, wish.name);
}

function refuseWrongWish(wish: AddNodeRequest, { provider }: ClusterSpec): void {
  const why = wrongNumber(wish) ?? (provider === "hosts" ? wrongForHosts(wish) : wrongForVagrant(wish));
  if (why !== undefined) throw new AlpineK8sError("usage", why, { hints: ["nothing was changed"] });
}

function wrongNumber({ name, count }: AddNodeRequest): string | undefined {
  if (!Number.isInteger(count) || count < 1) return `--count must be 1 or more, not ${count}`;
  return name !== undefined && count !== 1
    ? `--count ${count} does not go with a name: ${name} is one node`
    : undefined;
}

function wrongForHosts({ count, shape }: AddNodeRequest): string | undefined {
  if (count !== 1) return "with provider: hosts every node has an address of its own: add them one by one";
  const isSized = shape.cpus !== undefined || shape.memory !== undefined;
  return isSized
    ? "--cpus and --memory are for machines that Vagrant makes; the size of a host cannot be changed"
    : undefined;
}

function wrongForVagrant({ host }: AddNodeRequest): string | undefined {
  const key = Object.keys(host).find((one) => one !== "address");
  if (key === undefined) return undefined;
  const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return `${flag} is for machines that exist already (provider: hosts); the provider here is vagrant`;
}

/** The node of that name: continued when the spec has it, else new. */
function chooseByName(known: Known, name: string): AddNodeChoice {
  const existing = known.topology.nodes.find((node) => node.name === name);
  if (existing === undefined) return choice(known, [], [name]);
  refuseOtherSettings(known, existing);
  return choice(known, [existing], []);
}

/** As many nodes as were asked for; unfinished ones of the spec come first. */
function chooseByCount(known: Known): AddNodeChoice {
  const { wish, spec, unfinished } = known;
  const role = roleOf(wish);
  const fitting = unfinished.filter(
    (node) =>
      node.role === role &&
      (spec.provider === "vagrant" || wish.host.address === undefined || node.access?.address === wish.host.address),
  );
  const continued = fitting.slice(0, wish.count);
  for (const node of continued) refuseOtherSettings(known, node);
  return choice(known, continued, newNames(known, wish.count - continued.length));
}

/** A numbered name such as `master2` implies the role. */
function roleOf({ name, role }: AddNodeRequest): Role {
  return role ?? (name === undefined ? undefined : numberedName(name)?.role) ?? "minion";
}

function choice(known: Known, continued: readonly PlannedNode[], fresh: readonly string[]): AddNodeChoice {
  const { file } = known;
  const names = [...continued.map((node) => node.name), ...fresh];
  return {
    names,
    continued: continued.map((node) => node.name),
    waiting: known.unfinished.map((node) => node.name).filter((name) => !names.includes(name)),
    before: file.text,
    after: fresh.length === 0 ? file.text : edited(known, fresh),
  };
}

function edited({ wish, file, spec }: Known, fresh: readonly string[]): string {
  const { shape, host } = wish;
  const role = roleOf(wish);
  if (spec.provider === "vagrant") {
    const { address } = host;
    return addNodes(
      file,
      fresh.map((name) => ({ name, role, ...(address === undefined ? {} : { address }), ...shape })),
    );
  }
  const [name = ""] = fresh;
  if (host.address === undefined) {
    throw new AlpineK8sError("usage", `${name} needs an address: with provider: hosts the machine exists already`, {
      hints: [`alpine-k8s add-node ${name} --address ADDRESS`, "nothing was changed"],
    });
  }
  const entry: NewHost = { name, role, ...host, address: host.address, ...shape };
  return addHost(file, entry);
}

/** The next numbered names, such as `minion3`, with a free address. Names of existing machines are skipped. */
function newNames({ wish, topology, machines }: Known, count: number): readonly string[] {
  const role = roleOf(wish);
  const { network } = topology.identity;
  const names = new Set([...topology.nodes.map((node) => node.name), ...machines]);
  const addresses = new Set(topology.nodes.map((node) => node.address));
  const numbers = topology.nodes.map(({ name }) => numberOf(name, role));
  // A number for which the network has no address is outside the numbering: its node has an address of its own.
  const inRow = network === undefined ? numbers : numbers.filter((number) => number <= capacityOf(role));
  const last = Math.max(0, ...inRow);
  // No network limits the number of hosts: there is always a next number.
  const most = network === undefined ? last + names.size + count : capacityOf(role);
  const free: string[] = [];
  // First the numbers after the last; the gaps that removed nodes leave are used only when the network ends there.
  for (let step = 1; free.length < count && step <= most; step += 1) {
    const number = last + step <= most ? last + step : step - (most - last);
    const name = `${role}${number}`;
    const address = network === undefined ? undefined : addressOf(network, role, number);
    if (!names.has(name) && (address === undefined || !addresses.has(address))) free.push(name);
    names.add(name);
  }
  if (free.length === count) return free;
  throw new AlpineK8sError("usage", `${count} ${role}s more do not fit: the network has addresses for ${most}`, {
    hints: ["nothing was changed"],
  });
}

function numberOf(name: string, role: Role): number {
  const numbered = numberedName(name);
  return numbered?.role === role ? numbered.number : 0;
}

/** Refuses flags that contradict the spec's entry for the node, rather than ignore them. */
function refuseOtherSettings({ wish, spec }: Known, node: PlannedNode): void {
  const entry = spec.hosts.find((host) => host.name === node.name);
  const has: Readonly<Record<string, unknown>> = { ...node, ...entry };
  const wanted: Readonly<Record<string, unknown>> = { role: wish.role, ...wish.shape, ...wish.host };
  const other = Object.keys(wanted).filter(
    (key) => wanted[key] !== undefined && !isDeepStrictEqual(wanted[key], has[key]),
  );
  if (other.length === 0) return;
  throw new AlpineK8sError("conflict", `${node.name} is in the spec already, with another ${other.join(", ")}`, {
    hints: [
      `as the spec has it: alpine-k8s add-node ${node.name}`,
      "or change alpine-k8s.yaml first",
      "nothing was changed",
    ],
  });
}
