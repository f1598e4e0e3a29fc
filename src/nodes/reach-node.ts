import { AlpineK8sError } from "../base/errors.js";
import type { RemoteHost, SshTarget } from "../remote/remote-host.js";
import type { PlannedNode, Topology } from "../model/topology/topology.js";
import type { MachineState } from "../vagrant/machine-state.js";
import type { ClusterContext } from "../engine/context.js";
import { pinReporter } from "../engine/open-context.js";

/** Milliseconds to wait for a host, or a running machine of ours, to answer. */
const HOSTS_PATIENCE = 10_000;

export interface ReachedNode {
  readonly node: PlannedNode;
  readonly target: SshTarget;
  readonly host: RemoteHost;
}

/** The node with this short or full name. Throws `usage` with the names of all nodes when there is none. */
export function nodeNamed(topology: Topology, name: string): PlannedNode {
  const found = topology.nodes.find((node) => node.name === name || node.fqdn === name);
  if (found) return found;
  const names = topology.nodes.map((node) => node.name).join(", ");
  throw new AlpineK8sError("usage", `cluster ${topology.identity.name} has no node ${name}; it has ${names}`, {
    hints: ["alpine-k8s status"],
  });
}

/**
 * Makes a function that connects to a node as it is; it starts, checks and changes nothing. It tries the address where
 * the node should be, then, for a running machine of ours, the one that Vagrant reports. Host keys are pinned as usual.
 * It throws `node`, with the reason, for a machine that is off or absent. The provider is asked for states at most
 * once.
 */
export function nodeReacher(context: ClusterContext): (node: PlannedNode) => Promise<ReachedNode> {
  const { machines, topology } = context;
  const hosts = topology.identity.provider === "hosts";
  let asked: Promise<ReadonlyMap<string, MachineState>> | undefined;
  return async (node) => {
    const direct = await machines.directTarget(node);
    if (direct !== undefined) {
      try {
        return await connect(context, node, direct, hosts ? HOSTS_PATIENCE : 0);
      } catch (error) {
        context.signal.throwIfAborted();
        if (hosts) throw error;
        context.progress.detail((error as Error).message);
      }
    }
    const existing = await machines.existing();
    asked ??= existing.length === 0 ? Promise.resolve(new Map()) : machines.states();
    const state = existing.includes(node.name) ? ((await asked).get(node.name) ?? "unknown") : "absent";
    refuseUnlessRunning(node, state);
    return connect(context, node, await machines.target(node), HOSTS_PATIENCE);
  };
}

function refuseUnlessRunning({ name }: PlannedNode, state: MachineState): void {
  if (state === "running" || state === "unknown") return;
  const off = state === "halted" || state === "suspended" ? `its machine is off (${state})` : OTHER[state];
  throw new AlpineK8sError("node", `${name}: ${off}`, { node: name, hints: ["alpine-k8s up"] });
}

const OTHER = {
  absent: "no machine was made for it yet",
  "half-created": "its machine is half created: its first boot was interrupted",
  unreachable: "its provider reports its machine as stuck",
} as const;

async function connect(
  { tools, paths, signal, log, progress }: ClusterContext,
  node: PlannedNode,
  target: SshTarget,
  patience: number,
): Promise<ReachedNode> {
  const host = await tools.connect(target, {
    ...{ paths, signal, patience },
    log: (line) => log.write(node.name, line),
    onPinned: pinReporter(progress),
  });
  return { node, target, host };
}
