/** Add-ons that this version can apply. The catalogue in src/addons is checked against this list by a test. */
export const DELIVERED_ADDONS: readonly string[] = ["canal"];

/** Those of them that are pod networks. */
export const NETWORK_ADDONS: readonly string[] = ["canal"];

/** Names that are kept for later versions: refused today, and never to be taken for a typing error. */
export const LATER_ADDONS: readonly string[] = [
  "dashboard",
  "metrics",
  "metrics-server",
  "heapster",
  "grafana",
  "influxdb",
  "ingress",
  "load-balancer",
  "storage",
];
