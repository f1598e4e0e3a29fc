import { fieldsOf, textOf, wordsOf } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import type { ClusterContext } from "../../engine/context.js";
import type { RemoteHost } from "../../remote/remote-host.js";
import { usableAdminConfig } from "../../control-plane/api-config.js";
import { connectApi } from "../../control-plane/connect-api.js";

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
  const events = await kube.list("/api/v1/events", signal);
  return events
    .filter((event) => node === undefined || isAbout(event, node))
    .map((event) => ({ event, time: timeOf(event) }))
    .sort((one, other) => (one.time < other.time ? -1 : Number(one.time > other.time)))
    .map(({ event, time }) => ({
      id: textOf(event.metadata["uid"]) ?? "",
      version: textOf(event.metadata["resourceVersion"]) ?? "",
      text: textLine(event, time),
    }));
}

// Those who write events fill different fields.
function isAbout(event: KubeObject, { fqdn }: PlannedNode): boolean {
  const { kind, name } = fieldsOf(event["involvedObject"]);
  const reporter = textOf(fieldsOf(event["source"])["host"]) ?? textOf(event["reportingInstance"]);
  return (kind === "Node" && name === fqdn) || reporter === fqdn;
}

function timeOf(event: KubeObject): string {
  const { lastObservedTime } = fieldsOf(event["series"]);
  const times = [lastObservedTime, event["lastTimestamp"], event["eventTime"], event.metadata["creationTimestamp"]];
  return times.map(wordsOf).find((time) => time !== "") ?? "-";
}

function textLine(event: KubeObject, time: string): string {
  const { kind, namespace, name } = fieldsOf(event["involvedObject"]);
  const place = wordsOf(namespace);
  const object = `${wordsOf(kind) || "?"} ${place === "" ? "" : `${place}/`}${wordsOf(name) || "?"}`;
  const words = wordsOf(event["message"])
    .trim()
    .replaceAll(/\s*\n\s*/g, " / ");
  const what = `${wordsOf(event["type"]) || "-"} ${wordsOf(event["reason"]) || "-"}`;
  return `${time} ${what} ${object}: ${words}${timesOf(event)}`;
}

function timesOf(event: KubeObject): string {
  const count = [fieldsOf(event["series"])["count"], event["count"]].find((one) => typeof one === "number") ?? 1;
  return count > 1 ? ` (${count} times)` : "";
}
