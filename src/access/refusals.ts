import { fieldsOf, textOf, wordsOf } from "../kube/fields.js";
import type { KubeApi, KubeObject } from "../kube/kube-api.js";

/** Something that the cluster did not let a controller make in a namespace, such as a pod past the quota. */
export interface Refusal {
  /** `ReplicaSet web-5d4f`. */
  readonly object: string;
  readonly message: string;
  /** When it was refused last: RFC 3339; null when the API does not say. */
  readonly last: string | null;
}

/** Refusals of a namespace that are told. */
const MOST = 3;

/**
 * What was refused last in a namespace, the newest first, once for each controller: a Deployment that a quota stops has
 * no pods, and says so nowhere else. The cluster keeps such events for an hour.
 */
export async function lastRefusals(kube: KubeApi, namespace: string, signal: AbortSignal): Promise<readonly Refusal[]> {
  const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=reason%3DFailedCreate`;
  const found = (await kube.list(path, signal)).map(refusalIn).filter(({ message }) => / is forbidden: /.test(message));
  const newestFirst = found.sort((one, other) => Date.parse(other.last ?? "") - Date.parse(one.last ?? ""));
  const byObject = new Map<string, Refusal>();
  for (const one of newestFirst) if (!byObject.has(one.object)) byObject.set(one.object, one);
  return [...byObject.values()].slice(0, MOST);
}

function refusalIn(event: KubeObject): Refusal {
  const involved = fieldsOf(event["involvedObject"]);
  const last =
    textOf(fieldsOf(event["series"])["lastObservedTime"]) ??
    textOf(event["lastTimestamp"]) ??
    textOf(event["eventTime"]) ??
    null;
  return {
    object: `${wordsOf(involved["kind"])} ${wordsOf(involved["name"])}`,
    message: wordsOf(event["message"]),
    last: last !== null && Number.isNaN(Date.parse(last)) ? null : last,
  };
}
