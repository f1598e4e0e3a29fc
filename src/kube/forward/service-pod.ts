import { fieldsOf, groupsIn, statusConditions, textOf, textsOf, type Fields } from "../fields.js";
import type { KubeApi, KubeObject } from "../kube-api.js";
import type { PodPort } from "../transport.js";

/** A Service by its name. */
export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
  /** The port of it that is meant; absent: its first. */
  readonly port?: number;
}

/**
 * A ready pod behind a Service, and the port in it that the Service's port leads to, by number or by name. Returns the
 * reason when there is none. Throws a KubeError when the API does not answer.
 */
export async function readyPodOf(kube: KubeApi, service: ServiceRef, signal: AbortSignal): Promise<PodPort | string> {
  const { namespace, name } = service;
  const core = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const found = await kube.find(`${core}/services/${encodeURIComponent(name)}`, signal);
  if (found === undefined) return `there is no Service ${namespace}/${name}`;
  const { selector, ports } = fieldsOf(found["spec"]);
  const labels = Object.entries(textsOf(selector)).map(([key, value]) => `${key}=${value}`);
  const all = groupsIn(ports);
  const meant = service.port === undefined ? all[0] : all.find(({ port }) => port === service.port);
  if (labels.length === 0 || meant === undefined) return `Service ${namespace}/${name} names no pods, or no port`;
  const query = new URLSearchParams({ labelSelector: labels.join(",") });
  const pods = await kube.list(`${core}/pods?${query.toString()}`, signal);
  for (const pod of pods.filter(isReady)) {
    const port = targetPort(meant, pod);
    if (port !== undefined) return { namespace, pod: pod.metadata.name, port };
  }
  return `no pod of Service ${namespace}/${name} is ready`;
}

function isReady(pod: KubeObject): boolean {
  const isGoing = pod.metadata["deletionTimestamp"] !== undefined;
  return !isGoing && statusConditions(pod).some(({ type, status }) => type === "Ready" && status === "True");
}

/** The container port of a pod that a Service's port means; undefined when the pod has none of that name. */
function targetPort({ targetPort: target, port }: Fields, pod: KubeObject): number | undefined {
  const wanted = target ?? port;
  if (typeof wanted === "number") return asPort(wanted);
  const { containers, initContainers } = fieldsOf(pod["spec"]);
  const all = [...groupsIn(containers), ...groupsIn(initContainers)].flatMap((one) => groupsIn(one["ports"]));
  return asPort(all.find((one) => textOf(one["name"]) === wanted)?.["containerPort"]);
}

function asPort(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536 ? value : undefined;
}
