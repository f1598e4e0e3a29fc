import type { Role } from "../spec/cluster-spec.js";
import type { PlannedNode, Topology } from "./topology.js";

/** A machine or node that exists, with what is known of it. */
export interface ExistingNode {
  readonly name: string;
  readonly role?: Role | undefined;
  readonly cpus?: number | undefined;
  /** MiB as the machine sees them; its kernel keeps some for itself. */
  readonly memory?: number | undefined;
}

/** A difference that is told and not acted on, with what to type. */
export interface Notice {
  readonly name: string;
  /** What is so, in one line. */
  readonly text: string;
  readonly command: string;
}

/** What a changed spec means for nodes that exist. */
export interface Changes {
  /** There and not in the spec: told, never destroyed. */
  readonly missingFromSpec: readonly Notice[];
  /** There with another size: told, never restarted. */
  readonly resized: readonly Notice[];
  /** There with another role, which a node cannot change. */
  readonly contradicting: readonly Notice[];
}

/** Compares the topology with the nodes that exist; see the table "Changing the spec of a living cluster" in docs/spec.md. */
export function planChanges(input: {
  readonly topology: Topology;
  readonly existing: readonly ExistingNode[];
}): Changes {
  const { topology, existing } = input;
  const pairs = topology.nodes.flatMap((node) => {
    const found = existing.find((other) => other.name === node.name);
    return found === undefined ? [] : [{ node, found }];
  });
  const planned = new Set(topology.nodes.map((node) => node.name));
  return {
    missingFromSpec: existing
      .filter((other) => !planned.has(other.name))
      .map(({ name }) => ({
        name,
        text: `${name} exists and is not in the spec; it stays until it is removed`,
        command: `alpine-k8s remove-node ${name}`,
      })),
    // What a host has is not ours to plan, so hosts have no size in the topology.
    resized: pairs
      .filter(({ node }) => node.access === undefined)
      .flatMap(({ node, found }) => resizeOf(topology, node, found)),
    contradicting: pairs.flatMap((pair) => contradictionOf(pair, pairs)),
  };
}

/** A master of the spec that is there and, as far as it has told, is one. */
function runsControlPlane({ node, found }: Pair): boolean {
  return node.role === "master" && found.role !== "minion";
}

/** A machine shows its memory without what firmware and kernel take: these parts of what was asked for are as asked. */
const LEAST_MEMORY = 0.85;
const MOST_MEMORY = 1.05;

function resizeOf(topology: Topology, node: PlannedNode, found: ExistingNode): Notice[] {
  const cpus = found.cpus ?? node.cpus;
  const memory = found.memory ?? node.memory;
  const fits = memory >= node.memory * LEAST_MEMORY && memory <= node.memory * MOST_MEMORY;
  if (cpus === node.cpus && fits) return [];
  const { how, command } = resizing(topology, node);
  return [
    {
      name: node.name,
      text: `${node.name} has ${cpus} CPUs and ${memory} MiB, the spec says ${node.cpus} CPUs and ${node.memory} MiB; ${how}`,
      command,
    },
  ];
}

/** How a machine gets another size: at its next start, or, a container, at once. */
function resizing({ identity }: Topology, { name, cpus, memory }: PlannedNode): { how: string; command: string } {
  if (identity.vagrantProvider !== "docker") {
    return { how: "a restart gives it the new size", command: `vagrant reload ${name}` };
  }
  const container = `${identity.name}-${identity.folderId}-${name}`;
  return {
    how: "Docker gives it the new size at once",
    command: `docker update --cpus ${cpus} --memory ${memory}m --memory-swap ${memory}m ${container}`,
  };
}

interface Pair {
  readonly node: PlannedNode;
  readonly found: ExistingNode;
}

function contradictionOf({ node, found }: Pair, pairs: readonly Pair[]): Notice[] {
  if (found.role === undefined || found.role === node.role) return [];
  // One of the two roles is master, and the last master cannot be removed.
  const isLastMaster = !pairs.some((other) => other.node !== node && runsControlPlane(other));
  return [
    {
      name: node.name,
      text: `${node.name} is a ${found.role}, the spec says ${node.role}; a node keeps its role until it is removed`,
      command: isLastMaster
        ? "put it back in alpine-k8s.yaml, or: alpine-k8s destroy"
        : `alpine-k8s remove-node ${node.name}`,
    },
  ];
}
