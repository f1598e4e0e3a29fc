/** Add-ons that this version can apply. The catalogue in src/addons is checked against this list by a test. */
export const DELIVERED_ADDONS: readonly string[] = [
  "canal",
  "flannel",
  "metrics-server",
  "headlamp",
  "kubernetes-dashboard",
  "heapster",
  "kube-vip",
];

/** The add-ons among them that are pod networks. */
export const NETWORK_ADDONS: readonly string[] = ["canal", "flannel"];

/** The add-on that gives several masters one address: a static pod on each of them, which `up` puts there. */
export const ADDRESS_ADDON = "kube-vip";

/** Names reserved for later versions: refused today, but never treated as a typing error. */
export const LATER_ADDONS: readonly string[] = [
  "dashboard",
  "metrics",
  "grafana",
  "influxdb",
  "ingress",
  "load-balancer",
  "storage",
];
