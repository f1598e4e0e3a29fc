import { awaitApiMaster, chooseApiMaster } from "../../../control-plane/masters.js";
import type { ClusterContext } from "../../../engine/context.js";
import { maybe, onNode, type Item } from "../../../engine/item.js";
import type { NodeSession } from "../../../engine/node-session.js";
import type { Step } from "../../../engine/step.js";
import type { PlannedNode } from "../../../model/topology/topology.js";
import { prepare, preparation } from "../../../nodes/preparation.js";
import { openHostKeys } from "../../../remote/host-keys.js";

/** Connects to what runs, starts the rest; ends as soon as the masters are fit, the others go on meanwhile. */
export const startMachines: Step<ClusterContext> = {
  id: "start-machines",
  title: "Start and prepare machines",
  plan: async (context) => {
    const { fleet, machines, topology, signal } = context;
    const unpinned = await withoutPin(context);
    const existing = await machines.existing();
    const sessions = await fleet.look();
    signal.throwIfAborted();
    chooseApiMaster(context, sessions);
    return topology.nodes.flatMap((node, index) => {
      const session = sessions[index];
      const isNew = node.access === undefined && !existing.includes(node.name);
      return [
        ...(session === undefined ? startOf(node, isNew) : preparation(session, machines)),
        ...(pinsKey({ node, session, isNew, unpinned }) ? [pin(node)] : []),
      ];
    });
  },
  run: async (context) => {
    const started = await context.fleet.start();
    if (started.length > 0) context.progress.detail(`starting ${started.join(", ")}`);
    await awaitApiMaster(context);
  },
};

/** A host that does not answer is the user's to start: the run tells why. */
function startOf({ name, access }: PlannedNode, isNew: boolean): readonly Item[] {
  if (access !== undefined) return [];
  if (isNew) return [onNode(name, "start", `create ${name}`), prepare(name)];
  return [onNode(name, "start", `start ${name}`), maybe(prepare(name), `once it runs`)];
}

async function withoutPin({ paths, topology }: ClusterContext): Promise<ReadonlySet<string>> {
  const pins = openHostKeys(paths.knownHosts);
  const found = await Promise.all(topology.nodes.map(({ name }) => pins.find(name)));
  return new Set(topology.nodes.filter((_, index) => found[index]?.length === 0).map(({ name }) => name));
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
