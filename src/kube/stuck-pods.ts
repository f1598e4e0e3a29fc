import { workloadsAvailable, type WorkloadRef } from "./conditions.js";
import type { KubeApi, KubeObject } from "./kube-api.js";

interface ContainerStatus {
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

interface PodParts {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** Reasons for waiting that are normal while a container starts. */
const IN_ORDER = ["ContainerCreating", "PodInitializing"];

/**
 * Why workloads are not available, according to their pods: see {@link whyStuck}. Empty when the API cannot be asked:
 * this only adds to what is known already.
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
    return whyStuck(pods.flat());
  } catch {
    signal.throwIfAborted();
    return "";
  }
}

async function podsOf(api: KubeApi, workload: KubeObject, signal: AbortSignal): Promise<readonly KubeObject[]> {
  const spec = (workload["spec"] ?? {}) as { selector?: { matchLabels?: Readonly<Record<string, string>> } };
  const labels = Object.entries(spec.selector?.matchLabels ?? {}).map(([name, value]) => `${name}=${value}`);
  if (labels.length === 0) return [];
  const query = new URLSearchParams({ labelSelector: labels.join(",") });
  const namespace = encodeURIComponent(workload.metadata.namespace ?? "default");
  return api.list(`/api/v1/namespaces/${namespace}/pods?${query.toString()}`, signal);
}

/**
 * Why pods do not run, such as an image that cannot be pulled or no node with room: one sentence for each reason, with
 * the nodes. Empty when no pod shows a problem.
 */
export function whyStuck(pods: readonly KubeObject[]): string {
  const places = new Map<string, string[]>();
  for (const pod of pods) {
    const { spec, status } = pod as PodParts;
    const why = waitingWords(status) ?? unscheduledWords(status);
    if (why === undefined) continue;
    places.set(why, [...(places.get(why) ?? []), spec?.nodeName ?? "no node"]);
  }
  return [...places].map(([why, nodes]) => `on ${[...new Set(nodes)].join(", ")}: ${why}`).join("; ");
}

function waitingWords(status: PodParts["status"]): string | undefined {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = containers
    .map(({ state }) => state?.waiting)
    .find((one) => one?.reason !== undefined && !IN_ORDER.includes(one.reason));
  return waiting && sentence(waiting.reason, waiting.message);
}

function unscheduledWords(status: PodParts["status"]): string | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  return scheduled?.status === "False" ? sentence("Unschedulable", scheduled.message) : undefined;
}

/** The runtime's message may be long; without the name of the pod it is the same for all pods of a workload. */
function sentence(reason = "", message = ""): string {
  const line = (message.split("\n")[0] ?? "").replace(/ pod=\S+/, "").slice(0, 300);
  return line === "" ? reason : `${reason}: ${line}`;
}
