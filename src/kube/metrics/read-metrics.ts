import { AlpineK8sError } from "../../base/errors.js";
import { fieldsOf, groupsIn, statusConditions, textOf, type Fields } from "../fields.js";
import type { KubeApi } from "../kube-api.js";
import { KubeError } from "../kube-error.js";
import type { KubeObject } from "../kube-object.js";
import { parseQuantity } from "./quantity.js";

/** What something uses, as the metrics API tells it. */
export interface Usage {
  /** Cores. */
  readonly cpu: number;
  /** Bytes of the working set. */
  readonly memory: number;
  /** When it was measured, as the server wrote it. */
  readonly timestamp: string | null;
  /** Seconds that the CPU was measured over. */
  readonly window: number | null;
}

const GROUP = "metrics.k8s.io";

const LOOK_AT_IT = [
  "wait a minute, when metrics-server was started just now",
  "alpine-k8s kubectl -- get pods -n kube-system -l k8s-app=metrics-server",
  "alpine-k8s kubectl -- logs -n kube-system deployment/metrics-server",
];

/** The metrics API is there, but has nothing to say yet, or does not answer. It may come by itself. */
export class MetricsNotReady extends AlpineK8sError {
  constructor(why: string, cause?: unknown) {
    super("unhealthy", why, { hints: LOOK_AT_IT, cause });
    this.name = "MetricsNotReady";
  }
}

/**
 * All items of a collection of the metrics API, such as `nodes` or `namespaces/default/pods`, in the version that the API
 * prefers. Throws `prerequisite` where the cluster has no such API, and {@link MetricsNotReady} where it does not answer.
 */
export async function listMetrics(
  kube: KubeApi,
  collection: string,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const group = await kube.groupPath(GROUP, signal).catch((error: unknown) => {
    throw error instanceof KubeError && error.status === 404 ? noMetricsApi(error) : error;
  });
  try {
    return await kube.list(`${group}/${collection}`, signal);
  } catch (error) {
    if (!(error instanceof KubeError) || error.status < 500) throw error;
    const why = (await unavailableReason(kube, group, signal)) ?? error.message;
    throw new MetricsNotReady(`the cluster has the metrics API, but it does not answer: ${why}`, error);
  }
}

function noMetricsApi(cause: KubeError): AlpineK8sError {
  const why = `the cluster has no metrics API (${GROUP}): metrics-server, which serves it, is not installed`;
  return new AlpineK8sError("prerequisite", why, { hints: ["alpine-k8s addons enable metrics-server"], cause });
}

/** Why the API cannot pass requests on to what serves the metrics; undefined when it does not say. */
async function unavailableReason(kube: KubeApi, group: string, signal: AbortSignal): Promise<string | undefined> {
  const version = group.split("/").at(-1) ?? "";
  const path = `/apis/apiregistration.k8s.io/v1/apiservices/${encodeURIComponent(`${version}.${GROUP}`)}`;
  const service = await kube.find(path, signal).catch(() => undefined);
  signal.throwIfAborted();
  const conditions = service === undefined ? [] : statusConditions(service);
  const refusal = conditions.find(({ type, status }) => type === "Available" && status !== "True");
  return refusal?.message || undefined;
}

/** What an item of the metrics API says; a pod's is the sum of its containers. Undefined when a figure is missing. */
export function usageIn(item: KubeObject): Usage | undefined {
  const { containers } = item;
  const usages = Array.isArray(containers) ? groupsIn(containers).map((one) => one["usage"]) : [item["usage"]];
  const amounts = usages.map((one) => amountsIn(fieldsOf(one)));
  const known = amounts.filter((one) => one !== undefined);
  if (known.length < amounts.length) return undefined;
  return {
    cpu: known.reduce((sum, { cpu }) => sum + cpu, 0),
    memory: known.reduce((sum, { memory }) => sum + memory, 0),
    timestamp: dateIn(item["timestamp"]),
    window: secondsIn(item["window"]) ?? null,
  };
}

/** CPU in cores and memory in bytes of a list of resources; undefined when either is missing or no amount. */
function amountsIn(resources: Fields): Pick<Usage, "cpu" | "memory"> | undefined {
  const [cpu, memory] = [parseQuantity(resources["cpu"]), parseQuantity(resources["memory"])];
  return cpu === undefined || memory === undefined ? undefined : { cpu, memory };
}

function dateIn(value: unknown): string | null {
  const text = textOf(value) ?? "";
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) ? text : null;
}

const UNITS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };

/** Seconds of a duration as Go writes it: `1m0.5s` is 60.5. */
function secondsIn(value: unknown): number | undefined {
  const text = textOf(value) ?? "";
  if (text.length > 50 || !/^(\d+(\.\d+)?(h|ms?|s|[uµn]s))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/([\d.]+)(h|ms|m|s|us|µs|ns)/g)];
  return parts.reduce((sum, [, number = "", unit = ""]) => sum + Number(number) * (UNITS[unit] ?? 0), 0);
}
