import { MINOR } from "./cluster.js";
import { GIVEN } from "./given/settings.js";

/** The image of BusyBox that every practice node has. */
export const PRACTICE_IMAGE = "docker.io/practice/busybox:1";

/** An image with BusyBox that the nodes have or can pull. */
export const IMAGE = GIVEN?.image ?? PRACTICE_IMAGE;

/** A pod's spec; `more` has further fields. The pod prints its name once, serves, and ends at once on TERM. */
function podSpec(more: object = {}): object {
  const says = 'echo "hello from $HOSTNAME"; exec httpd -f -v -p 8080';
  const container = { name: "web", image: IMAGE, command: ["sh", "-c", says] };
  return { terminationGracePeriodSeconds: 1, containers: [container], ...more };
}

/** A selector that lets a pod run on this node only. */
export function onNode(fqdn: string): object {
  return { nodeSelector: { "kubernetes.io/hostname": fqdn } };
}

/** A pod without a controller. */
export function barePod(name: string, more: object = {}): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default" }, spec: podSpec(more) };
}

/** A Deployment with one pod. */
export function deployment(name: string, more: object = {}): object {
  return { kind: "Deployment", ...workload(name, more), spec: { replicas: 1, ...workload(name, more).spec } };
}

/** A pod on every node, masters included. */
export function daemonSet(name: string): object {
  return { kind: "DaemonSet", ...workload(name, { tolerations: [{ operator: "Exists" }] }) };
}

/** A PodDisruptionBudget that allows no disruption of this workload, in the version that the cluster's API has. */
export function budgetOf(name: string): object {
  const spec = { minAvailable: 1, selector: { matchLabels: { app: name } } };
  return {
    apiVersion: MINOR < 21 ? "policy/v1beta1" : "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "default" },
    spec,
  };
}

function workload(name: string, more: object) {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    metadata: { name, namespace: "default" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec(more) } },
  };
}
