import { isDeepStrictEqual } from "node:util";
import { AlpineK8sError } from "../../base/errors.js";
import type { ClusterSpec, HostEntry, ListedNode, NodeShape, Role } from "./cluster-spec.js";
import { addressAddon } from "./addons/shared-address.js";
import { parseSpec } from "./parse-spec.js";
import type { Path } from "./problems.js";
import { addonEntry } from "./spec-document.js";
import { withDefaults } from "./with-defaults.js";
import { appendEntries, removeAt, setValue } from "./yaml-edit.js";

/** The spec's file as it was read. */
export interface SpecText {
  /** `undefined` when there is no file. */
  readonly text: string | undefined;
  /** The file's name for messages: `alpine-k8s.yaml`. */
  readonly source: string;
  /** The name that a cluster without `metadata.name` has. */
  readonly folderName: string;
  /** The cluster's, where it is known. */
  readonly kubernetesVersion?: string;
}

/** A machine to be listed under `spec.hosts`; only what is given is written. */
export type NewHost = Pick<HostEntry, "name" | "role" | "address"> & Partial<HostEntry>;

/** A node of the spec with all its properties, also those of its group. `address` is set only if the spec names it. */
interface SpecNode extends NodeShape {
  readonly name: string;
  readonly role: Role;
  readonly address: string | undefined;
}

const NODES: Path = ["spec", "nodes"];
const LIST: Path = [...NODES, "list"];
const HOSTS: Path = ["spec", "hosts"];

/**
 * The spec's text with these nodes added; everything else stays as it was, comments and line ends included. Raises the
 * count of their role if that is enough; otherwise `nodes.list` names every node. Throws `usage` when the result would
 * not be a valid spec with exactly this change.
 */
export function addNodes(file: SpecText, nodes: readonly ListedNode[]): string {
  const spec = parse(file);
  if (spec.provider === "hosts") throw new AlpineK8sError("bug", "hosts are added one by one, with their address");
  const text = file.text ?? "";
  const names = nodes.map((node) => node.name);
  const added = nodes.map((node) => specNode(node, spec));
  const role = spec.nodes.list.length > 0 ? undefined : rowOf(nodes, spec);
  if (role !== undefined) {
    const count = spec.nodes[`${role}s`].count + nodes.length;
    const edited = setValue(text, [...NODES, `${role}s`, "count"], count);
    const all = [...nodesOf(spec), ...added];
    // Of counted nodes the masters come first.
    const wanted = [...all.filter((node) => node.role === "master"), ...all.filter((node) => node.role === "minion")];
    return checked({ file, spec, edited, wanted, names });
  }
  const edited =
    spec.nodes.list.length > 0
      ? appendEntries(text, LIST, nodes)
      : listInstead(text, [...countedNodes(spec), ...nodes]);
  return checked({ file, spec, edited, wanted: [...nodesOf(spec), ...added], names });
}

/** The role whose numbers these nodes continue, if they have no settings of their own; else undefined. */
function rowOf(nodes: readonly ListedNode[], spec: ClusterSpec): Role | undefined {
  const role = nodes[0]?.role ?? "minion";
  const { count } = spec.nodes[`${role}s`];
  const continues = nodes.every((node, index) =>
    isDeepStrictEqual(node, { name: `${role}${count + index + 1}`, role }),
  );
  return continues ? role : undefined;
}

/** Like {@link addNodes}, for a machine that exists already (`provider: hosts`). */
export function addHost(file: SpecText, host: NewHost): string {
  const spec = parse(file);
  const [entry] = withDefaults({ spec: { hosts: [host] } }, "").hosts;
  const edited = appendEntries(file.text ?? "", HOSTS, [host]);
  return checked({ file, spec, edited, wanted: [...spec.hosts, entry], names: [host.name] });
}

/**
 * The spec's text without this node; every other node stays as it was. Lowers the count for the last counted master or
 * minion; for another counted node `nodes.list` names those that stay. Returns the text unchanged (undefined without a
 * file) when the spec does not have the node. Comments inside an entry are removed with it. Throws `usage` as
 * {@link addNodes} does.
 */
export function removeNode(file: SpecText, name: string): string | undefined {
  const spec = parse(file);
  const before: readonly { readonly name: string }[] = spec.provider === "hosts" ? spec.hosts : nodesOf(spec);
  const index = before.findIndex((node) => node.name === name);
  if (index === -1) return file.text;
  const edited = keepAddress(file, spec, withoutNode(file.text ?? "", spec, { name, index }));
  return checked({ file, spec, edited, wanted: before.filter((node) => node.name !== name), names: [name] });
}

/**
 * A cluster that has one address for its masters by default keeps it when it has too few of them for that default: all
 * nodes know it.
 */
function keepAddress(file: SpecText, spec: ClusterSpec, edited: string): string {
  if (addressAddon(spec) === undefined) return edited;
  const after = parseEdited({ ...file, text: file.text === undefined ? NEW_FILE + edited : edited }, []);
  if (addressAddon(after) !== undefined) return edited;
  return setValue(edited, ["spec", "addons"], spec.addons.map(addonEntry));
}

function withoutNode(text: string, spec: ClusterSpec, { name, index }: { name: string; index: number }): string {
  if (spec.provider === "hosts") return removeAt(text, [...HOSTS, index]);
  if (spec.nodes.list.length > 0) return removeAt(text, [...LIST, index]);
  for (const role of ["master", "minion"] as const) {
    const { count } = spec.nodes[`${role}s`];
    const isLast = name === `${role}${count}` && (role === "minion" || count > 1);
    if (isLast) return setValue(text, [...NODES, `${role}s`, "count"], count - 1);
  }
  return listInstead(
    text,
    countedNodes(spec).filter((node) => node.name !== name),
  );
}

/** Replaces the two counts by `nodes.list`; the groups stay for the sizes. */
function listInstead(text: string, nodes: readonly ListedNode[]): string {
  const bare = ["masters", "minions"].reduce((rest, group) => removeAt(rest, [...NODES, group, "count"]), text);
  return appendEntries(bare, LIST, nodes);
}

function countedNodes({ nodes }: ClusterSpec): readonly ListedNode[] {
  const row = (role: Role, count: number): ListedNode[] =>
    Array.from({ length: count }, (_, index) => ({ name: `${role}${index + 1}`, role }));
  return [...row("master", nodes.masters.count), ...row("minion", nodes.minions.count)];
}

function nodesOf(spec: ClusterSpec): readonly SpecNode[] {
  const nodes = spec.nodes.list.length > 0 ? spec.nodes.list : countedNodes(spec);
  return nodes.map((node) => specNode(node, spec));
}

function specNode(node: ListedNode, { nodes }: ClusterSpec): SpecNode {
  const group = node.role === "master" ? nodes.masters : nodes.minions;
  return {
    name: node.name,
    role: node.role,
    address: node.address,
    cpus: node.cpus ?? group.cpus,
    memory: node.memory ?? group.memory,
    labels: node.labels ?? group.labels,
    taints: node.taints ?? group.taints,
  };
}

function parse(file: SpecText): ClusterSpec {
  return parseSpec({ ...file, overrides: {} });
}

interface Edit {
  readonly file: SpecText;
  /** The spec before the edit. */
  readonly spec: ClusterSpec;
  readonly edited: string;
  readonly wanted: readonly unknown[];
  /** The nodes that the edit is about, for messages. */
  readonly names: readonly string[];
}

/** Returns the edited text after checking that it has the wanted nodes and that nothing else has changed. */
function checked({ file, spec, edited, wanted, names }: Edit): string {
  const text = file.text === undefined ? NEW_FILE + edited : edited;
  const after = parseEdited({ ...file, text }, names);
  const nodes = after.provider === "hosts" ? after.hosts : nodesOf(after);
  if (isDeepStrictEqual(nodes, wanted) && isDeepStrictEqual(withoutNodes(after), withoutNodes(grown(spec, after)))) {
    return text;
  }
  throw new AlpineK8sError("usage", `${file.source} is written in a way that this command cannot change safely`, {
    hints: [
      `change the nodes in ${file.source} by hand (${names.join(", ")}), then: alpine-k8s up`,
      "nothing was changed",
    ],
  });
}

/** The spec, with one address for its masters where the nodes after an edit bring that by default. */
function grown(spec: ClusterSpec, after: ClusterSpec): ClusterSpec {
  const brought = addressAddon(spec) === undefined ? addressAddon(after) : undefined;
  return brought === undefined ? spec : { ...spec, addons: [...spec.addons, brought] };
}

/** How a spec begins that had no file. */
export const NEW_FILE = "# Every other key has a default: docs/spec.md\napiVersion: alpine-k8s/v1\nkind: Cluster\n";

/** Leaves out the counts, too: they are compared as the nodes that they make. */
function withoutNodes(spec: ClusterSpec): unknown {
  const { masters, minions } = spec.nodes;
  return { ...spec, hosts: [], nodes: { masters: { ...masters, count: 0 }, minions: { ...minions, count: 0 } } };
}

/**
 * Parses a text that was edited for the sake of these names. Reports problems without line and column, because the text is
 * not in the file.
 */
export function parseEdited(file: SpecText, names: readonly string[]): ClusterSpec {
  try {
    return parse(file);
  } catch (error) {
    if (!(error instanceof AlpineK8sError) || error.kind !== "usage") throw error;
    const lines = error.message.split("\n").map((line) => withoutPlace(line, file.source));
    throw new AlpineK8sError("usage", `${names.join(", ")}: ${lines.join("\n")}`, {
      hints: ["nothing was changed"],
      cause: error,
    });
  }
}

function withoutPlace(line: string, source: string): string {
  const text = line.startsWith(`${source}:`) ? line.slice(source.length + 1).replace(/^\d+:\d+: */, "") : line;
  return text.replace(/^spec\.(?:nodes\.list|hosts|addons)(?:\[\d+\])?(?:\.(\w+))?: /, (_, key: string | undefined) =>
    key === undefined ? "" : `${key}: `,
  );
}
