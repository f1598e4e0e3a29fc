/** Add-ons that this version can apply. The catalogue in src/addons is checked against this list by a test. */
export const DELIVERED_ADDONS: readonly string[] = [
  "canal",
  "flannel",
  "metrics-server",
  "headlamp",
  "kubernetes-dashboard",
  "heapster",
];

/** The add-ons among them that are pod networks. */
export const NETWORK_ADDONS: readonly string[] = ["canal", "flannel"];

/** Names reserved for later versions: refused today, but never treated as a typing error. */
export const LATER_ADDONS: readonly string[] = [
  "dashboard",
  "metrics",
  "grafana",
  "influxdb",
  "ingress",
  "kube-vip",
  "load-balancer",
  "storage",
];
