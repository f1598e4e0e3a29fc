import type { ClusterContext } from "../engine/context.js";
import { maybe, onNode, type Item } from "../engine/item.js";
import type { NodeSession } from "../engine/node-session.js";
import type { PlannedNode } from "../model/topology/topology.js";
import { openHostKeys } from "../remote/host-keys.js";
import { prepare, preparation } from "./preparation.js";

/** What a look at nodes has shown; the sessions are in the order of the nodes. */
interface Looked {
  readonly nodes: readonly PlannedNode[];
  readonly sessions: readonly (NodeSession | undefined)[];
  /** Names of nodes whose host key nobody knew before the look. */
  readonly unpinned: ReadonlySet<string>;
}

/** What has to be done until these nodes run and are fit for Kubernetes. */
export async function startItems(
  { machines }: Pick<ClusterContext, "machines">,
  { nodes, sessions, unpinned }: Looked,
): Promise<readonly Item[]> {
  const existing = await machines.existing();
  return nodes.flatMap((node, index) => {
    const session = sessions[index];
    const isNew = node.access === undefined && !existing.includes(node.name);
    return [
      ...(session === undefined ? startOf(node, isNew) : preparation(session, machines)),
      ...(pinsKey({ node, session, isNew, unpinned }) ? [pin(node)] : []),
    ];
  });
}

/** Names of the nodes whose host key was not pinned before this run. */
export async function nodesWithoutPin(
  { paths, pinned }: Pick<ClusterContext, "paths" | "pinned">,
  nodes: readonly PlannedNode[],
): Promise<ReadonlySet<string>> {
  const pins = openHostKeys(paths.knownHosts);
  const found = await Promise.all(nodes.map(({ name }) => pins.find(name)));
  const isNew = ({ name }: PlannedNode, index: number): boolean => pinned.has(name) || found[index]?.length === 0;
  return new Set(nodes.filter(isNew).map(({ name }) => name));
}

/** A host that does not answer is the user's to start: the run tells why. */
function startOf({ name, access }: PlannedNode, isNew: boolean): readonly Item[] {
  if (access !== undefined) return [];
  if (isNew) return [onNode(name, "start", `create ${name}`), prepare(name)];
  return [onNode(name, "start", `start ${name}`), maybe(prepare(name), `once it runs`)];
}

/**
 * A machine of ours answers at its address only when its key is pinned; one that is made anew gets it pinned anew. A host
 * that does not answer shows none.
 */
function pinsKey(seen: {
  readonly node: PlannedNode;
  readonly session: NodeSession | undefined;
  readonly isNew: boolean;
  readonly unpinned: ReadonlySet<string>;
}): boolean {
  const { node, session, isNew, unpinned } = seen;
  if (node.access !== undefined) return session !== undefined && unpinned.has(node.name);
  return session === undefined && (isNew || unpinned.has(node.name));
}

function pin({ name }: PlannedNode): Item {
  return onNode(name, "pin-host-key", `pin the host key of ${name}, on the first connection`);
}
