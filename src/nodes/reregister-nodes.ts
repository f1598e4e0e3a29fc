import type { KubeObject } from "../kube/kube-api.js";
import { forEachNode } from "../remote/for-each-node.js";
import type { ClusterContext } from "../engine/context.js";
import { warn } from "../engine/warn.js";
import type { NodeSession } from "../engine/node-session.js";

// In a session of its own: otherwise the kubelet's supervisor would end with this command's process group.
const RESTART = "setsid rc-service kubelet restart </dev/null >/dev/null 2>&1\n";

/**
 * Nodes that were set up before this run and have no node object in the API: etcd came back from an older snapshot, or
 * somebody deleted it.
 */
export function unregistered(
  sessions: readonly NodeSession[],
  registered: readonly Pick<KubeObject, "metadata">[],
): readonly NodeSession[] {
  const known = new Set(registered.map(({ metadata }) => metadata.name));
  return sessions.filter(({ node, facts }) => facts.state === "finished" && !known.has(node.fqdn));
}

/** A kubelet makes its node object only when it starts, so it is restarted on these nodes; they join nothing. */
export async function reregisterNodes(context: ClusterContext, missing: readonly NodeSession[]): Promise<void> {
  await forEachNode(
    missing.map(({ node }) => node),
    "registering",
    async (node) => {
      const session = missing.find((candidate) => candidate.node === node);
      warn(context, `${node.name} has joined and the API has no node of its name; its kubelet is restarted to make it`);
      await session?.host.run({ name: "restart kubelet", script: RESTART, signal: context.signal });
    },
  );
}
