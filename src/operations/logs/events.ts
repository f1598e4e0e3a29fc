import type { KubeApi } from "../../kube/kube-api.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import type { ClusterContext } from "../../engine/context.js";
import type { RemoteHost } from "../../remote/remote-host.js";
import { usableAdminConfig } from "../../control-plane/api-config.js";
import { connectApi } from "../../control-plane/connect-api.js";

/** An event of core/v1, as far as we read it; those who write events fill different fields. */
interface KubeEvent {
  readonly metadata: { readonly uid?: string; readonly resourceVersion?: string; readonly creationTimestamp?: string };
  readonly involvedObject: { readonly kind?: string; readonly namespace?: string; readonly name?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly source?: { readonly host?: string };
  readonly reportingInstance?: string;
}

/** One event as a line; `version` changes when the event is updated. */
export interface EventLine {
  readonly id: string;
  readonly version: string;
  readonly text: string;
}

/**
 * The API for events, with the folder's admin.config; makes no such file and prepares no node. Throws an Error that
 * says why not.
 */
export async function eventsApi(context: ClusterContext, through: RemoteHost | undefined): Promise<KubeApi> {
  // Used as long as it is valid: up and certs renew replace it.
  const adminConfig = await usableAdminConfig(context, 0);
  if (adminConfig === undefined) throw new Error("there is no admin.config that works: alpine-k8s kubectl-config");
  return connectApi(context, { kubeconfig: adminConfig, through });
}

/** The cluster's events, oldest first; with a node only those about it and those that its kubelet reports. */
export async function eventLines(
  kube: KubeApi,
  node: PlannedNode | undefined,
  signal: AbortSignal,
): Promise<EventLine[]> {
  const events = await kube.list<KubeEvent>("/api/v1/events", signal);
  return events
    .filter((event) => node === undefined || isAbout(event, node))
    .map((event) => ({ event, time: timeOf(event) }))
    .sort((one, other) => (one.time < other.time ? -1 : Number(one.time > other.time)))
    .map(({ event, time }) => ({
      id: event.metadata.uid ?? "",
      version: event.metadata.resourceVersion ?? "",
      text: textOf(event, time),
    }));
}

function isAbout({ involvedObject, source, reportingInstance }: KubeEvent, { fqdn }: PlannedNode): boolean {
  return (
    (involvedObject.kind === "Node" && involvedObject.name === fqdn) || (source?.host ?? reportingInstance) === fqdn
  );
}

function timeOf({ series, lastTimestamp, eventTime, metadata }: KubeEvent): string {
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "-";
}

function textOf(event: KubeEvent, time: string): string {
  const { kind = "?", namespace, name = "?" } = event.involvedObject;
  const count = event.series?.count ?? event.count ?? 1;
  const object = `${kind} ${namespace === undefined || namespace === "" ? "" : `${namespace}/`}${name}`;
  const words = (event.message ?? "").trim().replaceAll(/\s*\n\s*/g, " / ");
  return `${time} ${event.type ?? "-"} ${event.reason ?? "-"} ${object}: ${words}${count > 1 ? ` (${count} times)` : ""}`;
}
