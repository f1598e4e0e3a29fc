/** One pod that can run on this node only, and a budget that lets it never go. */
export function pinnedTo(fqdn: string): readonly object[] {
  const labels = { app: "shop" };
  const pod = {
    containers: [{ name: "shop", image: "shop:1" }],
    nodeSelector: { "kubernetes.io/hostname": fqdn },
  };
  return [
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "shop", namespace: "default" } },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    },
    {
      ...{ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "shop", namespace: "default" } },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    },
  ];
}
