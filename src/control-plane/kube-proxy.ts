import { minorOf } from "../model/versions/kubernetes.js";
import type { ClusterContext } from "../engine/context.js";
import { connectApi } from "./connect-api.js";
import { preparedSessions } from "../nodes/nodes.js";
import { retryWhileApiUnavailable } from "./retry-while-api-unavailable.js";
import type { NodeSession } from "../engine/node-session.js";
import { fieldsOf, groupsIn } from "../kube/fields.js";
import { API_HOST, SYSTEM_PODS, type KubeObject } from "../kube/kube-object.js";

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

/**
 * Restarts the node's kube-proxy, and the network's pod there where it asks the API at the endpoint: pods on the host
 * network copy the hosts file when they start.
 */
export async function restartWithEndpoint(context: ClusterContext, session: NodeSession): Promise<void> {
  const { endpointName } = context.topology.identity;
  context.progress.node(session.node.name, "restarting what has copied the hosts file");
  await restartPods(context, session, (pod) => isKubeProxy(pod) || asksAt(pod, endpointName));
}

/** Restarts the node's kube-proxy. */
async function restartKubeProxy(context: ClusterContext, session: NodeSession): Promise<void> {
  context.progress.node(session.node.name, "restarting kube-proxy");
  await restartPods(context, session, isKubeProxy);
}

async function restartPods(
  context: ClusterContext,
  { node }: NodeSession,
  isMeant: (pod: KubeObject) => boolean,
): Promise<void> {
  const { signal } = context;
  const kube = await connectApi(context, "prepared");
  const query = new URLSearchParams({ fieldSelector: `spec.nodeName=${node.fqdn}` });
  await retryWhileApiUnavailable(context, async () => {
    for (const pod of (await kube.list(`${SYSTEM_PODS}?${query.toString()}`, signal)).filter(isMeant)) {
      await kube.delete(`${SYSTEM_PODS}/${encodeURIComponent(pod.metadata.name)}`, signal);
    }
  });
}

function isKubeProxy({ metadata }: KubeObject): boolean {
  return fieldsOf(metadata["labels"])["k8s-app"] === "kube-proxy";
}

function asksAt({ spec }: KubeObject, endpointName: string): boolean {
  const { hostNetwork, containers } = fieldsOf(spec);
  if (hostNetwork !== true) return false;
  return groupsIn(containers).some(({ env }) =>
    groupsIn(env).some(({ name, value }) => name === API_HOST && value === endpointName),
  );
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
