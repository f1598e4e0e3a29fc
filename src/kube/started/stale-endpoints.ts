import { fieldsOf, groupsIn, statusConditions, textOf, wordsOf } from "../fields.js";
import type { KubeObject } from "../kube-object.js";

/** The label that names the Service of an EndpointSlice (Kubernetes, "EndpointSlices"). */
const SERVICE = "kubernetes.io/service-name";

/**
 * Says which Services still lead where their pods were before: their EndpointSlices have another address of a pod, or take a
 * ready one for unready. After a power cut that is so until the controller manager leads again and has caught up; until then
 * kube-proxy sends a Service's clients to addresses that are gone. Undefined when none does.
 */
export function staleEndpoints(slices: readonly KubeObject[], pods: readonly KubeObject[]): string | undefined {
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  // A pod's one address in its status is of IPv4, as all of our networks are.
  const judged = slices.filter(({ addressType = "IPv4" }) => addressType === "IPv4");
  const stale = judged.filter((slice) => groupsIn(slice["endpoints"]).some((endpoint) => isStale(endpoint, byName)));
  if (stale.length === 0) return undefined;
  const services = new Set(stale.map(({ metadata }) => serviceOf(metadata)));
  return `these Services lead to addresses from before the start: ${wordsOf([...services].sort().join(", "))}`;
}

function serviceOf({ name, labels }: KubeObject["metadata"]): string {
  return textOf(fieldsOf(labels)[SERVICE]) ?? name;
}

function isStale(endpoint: ReturnType<typeof fieldsOf>, pods: ReadonlyMap<string, KubeObject>): boolean {
  const { kind, name } = fieldsOf(endpoint["targetRef"]);
  if (kind !== "Pod") return false;
  const pod = pods.get(textOf(name) ?? "");
  if (pod === undefined) return true;
  const address = textOf(fieldsOf(pod["status"])["podIP"]);
  const { addresses } = endpoint;
  if (address !== undefined && !(Array.isArray(addresses) && addresses.includes(address))) return true;
  const isReady = statusConditions(pod).some(({ type, status }) => type === "Ready" && status === "True");
  return isReady && fieldsOf(endpoint["conditions"])["ready"] === false;
}
