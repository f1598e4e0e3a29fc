import { minorOf } from "../model/kubeadm/versions.js";
import type { ClusterContext } from "../engine/context.js";
import { connectApi } from "./connect-api.js";
import { preparedSessions } from "../nodes/nodes.js";
import { retryWhileApiUnavailable } from "./retry-while-api-unavailable.js";
import type { NodeSession } from "../engine/node-session.js";
import { SYSTEM_PODS } from "../kube/kube-object.js";

/**
 * The first minor version in which a new member of etcd starts without a vote (kubeadm's EtcdLearnerMode), so that the
 * leader stays.
 */
const LEARNERS = 29;

/** Nodes that were set up before and on which this run has changed the endpoint's entry in the hosts file. */
export function withNewEndpoint(sessions: readonly NodeSession[]): readonly NodeSession[] {
  return sessions.filter(
    ({ facts }) =>
      facts.state === "finished" &&
      facts.conditions.some(({ id, state }) => id === "hosts-endpoint" && state === "fixed"),
  );
}

/** Restarts the node's kube-proxy: pods on the host network copy the hosts file when they start. */
export async function restartKubeProxy(context: ClusterContext, { node }: NodeSession): Promise<void> {
  const { signal } = context;
  const kube = await connectApi(context, "prepared");
  const query = new URLSearchParams({
    labelSelector: "k8s-app=kube-proxy",
    fieldSelector: `spec.nodeName=${node.fqdn}`,
  });
  context.progress.node(node.name, "restarting kube-proxy");
  await retryWhileApiUnavailable(context, async () => {
    for (const { metadata } of await kube.list(`${SYSTEM_PODS}?${query.toString()}`, signal)) {
      await kube.delete(`${SYSTEM_PODS}/${encodeURIComponent(metadata.name)}`, signal);
    }
  });
}

/**
 * Before Kubernetes 1.29, etcd has no leader for a moment when its second member joins. A kube-proxy that watches the
 * API then misses new Services for minutes (seen on 1.20.2 on the first master). So it is restarted on the nodes that
 * were set up before the masters joined.
 */
export function isDeafAfterJoin({ topology }: Pick<ClusterContext, "topology">): boolean {
  return minorOf(topology.identity.kubernetesVersion) < LEARNERS;
}

/** Makes kube-proxy start again on the nodes of these names, the master that is asked first. */
export async function renewDeafKubeProxies(
  context: ClusterContext,
  asked: NodeSession,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const others = (await preparedSessions(context)).filter(({ node }) => node.name !== asked.node.name);
  for (const session of [asked, ...others])
    if (names.includes(session.node.name)) await restartKubeProxy(context, session);
}
