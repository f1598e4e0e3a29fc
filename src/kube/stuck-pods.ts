import { workloadsAvailable, type WorkloadRef } from "./conditions.js";
import { fieldsOf, textOf, textsOf } from "./fields.js";
import type { KubeApi, KubeObject } from "./kube-api.js";
import { SYSTEM_PODS } from "./kube-object.js";
import { lastLine, sentence, troubleOf, type PodTrouble } from "./pod-trouble.js";

/** Questions about single pods in one look: most pods of a workload have the same trouble. */
const MOST_ASKED = 3;
/** Nodes that are named for one reason. */
const MOST_NAMED = 5;
/** Bytes of a log, and its lines. */
const LOG_LIMIT = { limitBytes: "4096", tailLines: "5" };

/**
 * Why workloads are not available, according to their pods: one sentence for each reason, with the nodes, such as an
 * image that is being pulled, or the last line of a container that fails again and again. Empty when no pod shows a
 * reason, or the API cannot be asked: this only adds to what is known already.
 */
export async function whyUnavailable(
  api: KubeApi,
  wanted: readonly WorkloadRef[],
  workloads: readonly KubeObject[],
  signal: AbortSignal,
): Promise<string> {
  const missing = wanted.filter((ref) => workloadsAvailable([ref], workloads) !== undefined);
  const live = workloads.filter(({ kind, metadata: { name, namespace = "default" } }) =>
    missing.some((ref) => ref.kind === kind && ref.name === name && ref.namespace === namespace),
  );
  try {
    const pods = await Promise.all(live.map((workload) => podsOf(api, workload, signal)));
    return await whyStuck(api, pods.flat(), signal);
  } catch {
    signal.throwIfAborted();
    return "";
  }
}

/** The same of the pods of kube-system on one node: those of the network, for example, without which it is not Ready. */
export async function whyNodeStuck(api: KubeApi, fqdn: string, signal: AbortSignal): Promise<string> {
  const query = new URLSearchParams({ fieldSelector: `spec.nodeName=${fqdn}` });
  try {
    return await whyStuck(api, await api.list(`${SYSTEM_PODS}?${query.toString()}`, signal), signal);
  } catch {
    signal.throwIfAborted();
    return "";
  }
}

/** The same of the pods of kube-system with a label. */
export async function whyLabelledStuck(api: KubeApi, label: string, signal: AbortSignal): Promise<string> {
  try {
    return await whyStuck(api, await labelledPods(api, label, signal), signal);
  } catch {
    signal.throwIfAborted();
    return "";
  }
}

/** The pods of kube-system with a label such as `app=a`. */
export function labelledPods(api: KubeApi, label: string, signal: AbortSignal): Promise<readonly KubeObject[]> {
  return api.list(`${SYSTEM_PODS}?${new URLSearchParams({ labelSelector: label }).toString()}`, signal);
}

async function podsOf(api: KubeApi, workload: KubeObject, signal: AbortSignal): Promise<readonly KubeObject[]> {
  const { matchLabels } = fieldsOf(fieldsOf(workload["spec"])["selector"]);
  const labels = Object.entries(textsOf(matchLabels)).map(([name, value]) => `${name}=${value}`);
  if (labels.length === 0) return [];
  const query = new URLSearchParams({ labelSelector: labels.join(",") });
  return api.list(`${podsPath(workload)}?${query.toString()}`, signal);
}

function podsPath({ metadata: { namespace = "default" } }: KubeObject): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
}

async function whyStuck(api: KubeApi, pods: readonly KubeObject[], signal: AbortSignal): Promise<string> {
  const found = pods.flatMap((pod) => {
    const trouble = troubleOf(pod);
    return trouble === undefined ? [] : [{ pod, trouble }];
  });
  const asked = new Map<string, Promise<string>>();
  const places = new Map<string, string[]>();
  for (const { pod, trouble } of found) {
    const key = trouble.hasEvents === true ? `events of ${pod.metadata.name}` : trouble.words;
    if (!asked.has(key) && asked.size < MOST_ASKED) asked.set(key, wholeWords(api, pod, trouble, signal));
    const why = (await asked.get(key)) ?? trouble.words;
    const nodeName = textOf(fieldsOf(pod["spec"])["nodeName"]) ?? "no node";
    places.set(why, [...(places.get(why) ?? []), nodeName]);
  }
  return [...places].map(([why, nodes]) => `on ${named([...new Set(nodes)])}: ${why}`).join("; ");
}

function named(nodes: readonly string[]): string {
  const more = nodes.length - MOST_NAMED;
  return more <= 0 ? nodes.join(", ") : `${nodes.slice(0, MOST_NAMED).join(", ")} and ${more} more`;
}

/** The trouble's words with what the API tells besides; without it where the API does not tell. */
async function wholeWords(api: KubeApi, pod: KubeObject, trouble: PodTrouble, signal: AbortSignal): Promise<string> {
  try {
    if (trouble.hasEvents === true) return await withEvent(api, pod, trouble.words, signal);
    const said = trouble.log === undefined ? "" : await lastWords(api, pod, trouble.log, signal);
    return said === "" ? trouble.words : `${trouble.words}; it last said: ${said}`;
  } catch {
    signal.throwIfAborted();
    return trouble.words;
  }
}

/** What the newest event of a pod adds: a warning, or which image is being pulled. */
async function withEvent(api: KubeApi, pod: KubeObject, words: string, signal: AbortSignal): Promise<string> {
  const fieldSelector = `involvedObject.kind=Pod,involvedObject.name=${pod.metadata.name}`;
  const path = `${podsPath(pod).replace(/pods$/, "events")}?${new URLSearchParams({ fieldSelector }).toString()}`;
  const events = await api.list(path, signal);
  const newest = [...events].sort((one, other) => timeOf(one) - timeOf(other)).at(-1);
  const message = textOf(newest?.["message"]);
  if (newest?.["reason"] === "Pulling") return sentence(words, message);
  if (newest?.["type"] !== "Warning") return words;
  const told = sentence(textOf(newest["reason"]) ?? "", message);
  // A bare reason, such as ContainerCreating, says less than the event.
  return words.includes(" ") ? `${words}: ${told}` : told;
}

function timeOf({ lastTimestamp, eventTime, metadata }: KubeObject): number {
  return Date.parse(textOf(lastTimestamp) ?? textOf(eventTime) ?? textOf(metadata["creationTimestamp"]) ?? "") || 0;
}

async function lastWords(
  api: KubeApi,
  pod: KubeObject,
  { container, previous }: NonNullable<PodTrouble["log"]>,
  signal: AbortSignal,
): Promise<string> {
  const query = new URLSearchParams({ container, previous: String(previous), ...LOG_LIMIT });
  const path = `${podsPath(pod)}/${encodeURIComponent(pod.metadata.name)}/log?${query.toString()}`;
  return lastLine(await api.text(path, signal));
}
