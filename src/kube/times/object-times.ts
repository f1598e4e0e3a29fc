import type { KubeObject } from "../kube-object.js";

/** When something became of an object, as the cluster has it (RFC 3339); null for what has not, or is not told. */
export interface ObjectTimes {
  /** By the clock of a master: the API's. */
  readonly created: string | null;
  /** By the clock of a master: the scheduler's. */
  readonly scheduled: string | null;
  /** When the last of its containers was started, by the clock of its node. */
  readonly started: string | null;
  /** By the clock of its node. */
  readonly ready: string | null;
}

interface Condition {
  readonly type?: unknown;
  readonly status?: unknown;
  readonly lastTransitionTime?: unknown;
}

interface Status {
  readonly conditions?: readonly Condition[];
  readonly containerStatuses?: readonly { readonly state?: { readonly running?: { readonly startedAt?: unknown } } }[];
}

/** The times of a node or a pod. What is not of the type that it should be is not told. */
export function timesOf(object: KubeObject): ObjectTimes {
  const { conditions, containerStatuses } = (object["status"] ?? {}) as Status;
  const since = (type: string): string | null => {
    const found = listIn(conditions).find((one) => one.type === type && one.status === "True");
    return timeIn(found?.lastTransitionTime);
  };
  const starts = listIn(containerStatuses).map(({ state }) => timeIn(state?.running?.startedAt));
  const [last = null] = starts.every((time) => time !== null) ? starts.sort().reverse() : [];
  return {
    created: timeIn(object.metadata["creationTimestamp"]),
    ...{ scheduled: since("PodScheduled"), started: last, ready: since("Ready") },
  };
}

/** Name of the node that a pod is on; undefined before it is scheduled. */
export function nodeNameOf({ spec }: KubeObject): string | undefined {
  const { nodeName } = (spec ?? {}) as { readonly nodeName?: unknown };
  return typeof nodeName === "string" ? nodeName : undefined;
}

/** The API may be anybody's: what is no list is empty. */
function listIn<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

function timeIn(value: unknown): string | null {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : null;
}
