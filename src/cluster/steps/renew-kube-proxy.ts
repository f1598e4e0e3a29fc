import type { KubeApi } from "../../kube/kube-api.js";
import type { ClusterContext } from "../context.js";
import { kubeOf } from "../kube-access.js";
import { preparedSessions } from "../nodes.js";
import { patiently } from "../patiently.js";
import type { Step } from "../step.js";
import type { NodeSession } from "../tools.js";

const PODS = "/api/v1/namespaces/kube-system/pods";

/**
 * Pods on the host network copy the hosts file when they start: where this run has changed the endpoint's entry of a
 * node that was set up before, its kube-proxy is made to start again.
 */
export const renewKubeProxy: Step<ClusterContext> = {
  title: "Renew kube-proxy",
  skip: async (context) => ((await moved(context)).length === 0 ? "no node got another endpoint" : undefined),
  run: async (context) => {
    const kube = await kubeOf(context);
    for (const { node } of await moved(context)) {
      context.progress.node(node.name, "restarting kube-proxy");
      await patiently(context, () => restartKubeProxy(kube, node.fqdn, context.signal));
    }
  },
};

async function moved(context: ClusterContext): Promise<readonly NodeSession[]> {
  return (await preparedSessions(context)).filter(
    ({ facts }) =>
      facts.state === "finished" &&
      facts.conditions.some(({ id, state }) => id === "hosts-endpoint" && state === "fixed"),
  );
}

async function restartKubeProxy(kube: KubeApi, nodeName: string, signal: AbortSignal): Promise<void> {
  const query = new URLSearchParams({
    labelSelector: "k8s-app=kube-proxy",
    fieldSelector: `spec.nodeName=${nodeName}`,
  });
  for (const { metadata } of await kube.list(`${PODS}?${query.toString()}`, signal)) {
    await kube.delete(`${PODS}/${encodeURIComponent(metadata.name)}`, signal);
  }
}
