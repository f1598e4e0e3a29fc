import { isGroup, type Fields } from "../fields.js";
import type { KubeObject } from "../kube-object.js";

/**
 * The object with TCP as the protocol of ports that name none, and with text for numbers among the resources of containers,
 * as the API would have it. Kubernetes 1.20 refuses to apply them otherwise: a list of ports is keyed by port and protocol
 * ("omits key field"), and a quantity is text ("expected string").
 */
export function withProtocols(object: KubeObject): KubeObject {
  const { spec } = object;
  if (object.kind === "Service" && object.apiVersion === "v1") return { ...object, spec: withPorts(spec) };
  const place = PODS[object.kind];
  return place === undefined ? object : { ...object, spec: at(spec, place, withContainers) };
}

/** Where the spec of the pods is, below that of the object. */
const PODS: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  ...Object.fromEntries(
    ["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Job"].map((kind) => [kind, ["template", "spec"]]),
  ),
  CronJob: ["jobTemplate", "spec", "template", "spec"],
};

function at(value: unknown, [key, ...rest]: readonly string[], change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  return isGroup(value) && key in value ? { ...value, [key]: at(value[key], rest, change) } : value;
}

function withContainers(pod: unknown): unknown {
  if (!isGroup(pod)) return pod;
  const lists = ["containers", "initContainers"].filter((list) => Array.isArray(pod[list]));
  const changed = lists.map((list) => [list, (pod[list] as unknown[]).map(withPorts).map(withQuantities)]);
  return { ...pod, ...(Object.fromEntries(changed) as Fields) };
}

function withQuantities(container: unknown): unknown {
  if (!isGroup(container) || !isGroup(container["resources"])) return container;
  const { resources } = container;
  const texts = ["requests", "limits"].flatMap((key) => {
    const list = resources[key];
    if (!isGroup(list)) return [];
    const amounts = Object.entries(list).map(([name, amount]) => [
      name,
      typeof amount === "number" ? String(amount) : amount,
    ]);
    return [[key, Object.fromEntries(amounts)]];
  });
  return { ...container, resources: { ...resources, ...(Object.fromEntries(texts) as Fields) } };
}

function withPorts(owner: unknown): unknown {
  if (!isGroup(owner) || !Array.isArray(owner["ports"])) return owner;
  const ports = (owner["ports"] as unknown[]).map((port) =>
    isGroup(port) && port["protocol"] === undefined ? { ...port, protocol: "TCP" } : port,
  );
  return { ...owner, ports };
}
