import type { Role } from "../spec/cluster-spec.js";
import type { PlannedNode, Topology } from "./topology.js";

/** A machine or node that exists, with what is known about it. */
export interface ExistingNode {
  readonly name: string;
  readonly role?: Role | undefined;
  readonly cpus?: number | undefined;
  /** MiB as the machine sees them; its kernel keeps some for itself. */
  readonly memory?: number | undefined;
}

/** A difference that is only reported, with the command to type. */
export interface Notice {
  readonly name: string;
  /** The difference, in one line. */
  readonly text: string;
  readonly command: string;
}

/** What a changed spec means for nodes that exist. */
export interface Changes {
  /** Nodes that exist and are not in the spec: reported, never destroyed. */
  readonly missingFromSpec: readonly Notice[];
  /** Nodes that exist with another size: reported, never restarted. */
  readonly resized: readonly Notice[];
  /** Nodes that exist with another role: a node cannot change its role. */
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
    // The size of a host is not ours to plan, so hosts have none in the topology.
    resized: pairs
      .filter(({ node }) => node.access === undefined)
      .flatMap(({ node, found }) => resizeOf(topology, node, found)),
    contradicting: pairs.flatMap((pair) => contradictionOf(pair, pairs)),
  };
}

/** Whether a master of the spec exists and has not reported another role. */
function runsControlPlane({ node, found }: Pair): boolean {
  return node.role === "master" && found.role !== "minion";
}

/** A machine reports its memory without what firmware and kernel take: within these factors it is as requested. */
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

/** How a node gets another size: a machine by a restart, a container at once. */
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
