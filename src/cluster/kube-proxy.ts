import type { ClusterContext } from "./context.js";
import { kubeOf } from "./kube-access.js";
import { patiently } from "./patiently.js";
import type { NodeSession } from "./tools.js";

const PODS = "/api/v1/namespaces/kube-system/pods";

/** Nodes that were set up before and on which this run has changed the endpoint's entry in the hosts file. */
export function withNewEndpoint(sessions: readonly NodeSession[]): readonly NodeSession[] {
  return sessions.filter(
    ({ facts }) =>
      facts.state === "finished" &&
      facts.conditions.some(({ id, state }) => id === "hosts-endpoint" && state === "fixed"),
  );
}

/** Makes the node's kube-proxy start again: pods on the host network copy the hosts file when they start. */
export async function restartKubeProxy(context: ClusterContext, { node }: NodeSession): Promise<void> {
  const { signal } = context;
  const kube = await kubeOf(context);
  const query = new URLSearchParams({
    labelSelector: "k8s-app=kube-proxy",
    fieldSelector: `spec.nodeName=${node.fqdn}`,
  });
  context.progress.node(node.name, "restarting kube-proxy");
  await patiently(context, async () => {
    for (const { metadata } of await kube.list(`${PODS}?${query.toString()}`, signal)) {
      await kube.delete(`${PODS}/${encodeURIComponent(metadata.name)}`, signal);
    }
  });
}
