import type { KubeObject } from "../kube/kube-api.js";
import { forEachNode } from "../remote/for-each-node.js";
import type { ClusterContext } from "../engine/context.js";
import { warn } from "../engine/warn.js";
import type { NodeSession } from "../engine/node-session.js";

// In a session of its own: otherwise the kubelet's supervisor would end with this command's process group.
const RESTART = "setsid rc-service kubelet restart </dev/null >/dev/null 2>&1\n";

/**
 * A kubelet creates its node object only when it starts. If a node that was set up before this run has none in the API
 * (etcd was restored from an older snapshot, somebody deleted it), its kubelet is restarted; the node does not join
 * again.
 */
export async function reregisterNodes(
  context: ClusterContext,
  sessions: readonly NodeSession[],
  registered: readonly Pick<KubeObject, "metadata">[],
): Promise<void> {
  const known = new Set(registered.map(({ metadata }) => metadata.name));
  const missing = sessions.filter(({ node, facts }) => facts.state === "finished" && !known.has(node.fqdn));
  if (missing.length === 0) return;
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
