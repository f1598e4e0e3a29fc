import { fieldsOf, groupsIn, statusConditions, textOf, wordsOf } from "../fields.js";
import type { KubeObject } from "../kube-object.js";

/** When a node booted, in milliseconds since 1970 by its own clock, which is also that of its kubelet's reports. */
export interface NodeBoot {
  /** Name in Kubernetes. */
  readonly fqdn: string;
  readonly at: number;
}

/** Owners of pods that never finish and stay on their node: DaemonSets, and the node itself for static pods. */
const STAYING = ["DaemonSet", "Node"];

/**
 * Says which statuses in the API are older than the boot of their node: until the kubelet reports again, the API still
 * says that the node is Ready and its pods run. `pods` are those of kube-system. Undefined when no status is older.
 */
export function onlyRemembered(
  boots: readonly NodeBoot[],
  nodes: readonly KubeObject[],
  pods: readonly KubeObject[],
): string | undefined {
  const found = boots.flatMap((boot) => {
    const node = nodes.find(({ metadata }) => metadata.name === boot.fqdn);
    if (node === undefined) return [];
    if (!hasSpoken(node, boot)) return [`${boot.fqdn} has started, and its kubelet has not reported since`];
    const names = pods.filter((pod) => !isBack(pod, boot)).map(({ metadata }) => metadata.name);
    return names.length === 0
      ? []
      : [`${boot.fqdn} has started, and these do not run there again yet: ${wordsOf(names.join(", "))}`];
  });
  return found.length === 0 ? undefined : found.join("; ");
}

function hasSpoken(node: KubeObject, boot: NodeBoot): boolean {
  const ready = statusConditions(node).find(({ type }) => type === "Ready");
  return !isBefore(ready?.lastHeartbeatTime, boot);
}

function isBack(pod: KubeObject, boot: NodeBoot): boolean {
  const { creationTimestamp, ownerReferences } = pod.metadata;
  // A pod that was created after the boot has no older status; the workloads' condition says whether it runs.
  if (fieldsOf(pod["spec"])["nodeName"] !== boot.fqdn || !isBefore(textOf(creationTimestamp), boot)) return true;
  const stays = groupsIn(ownerReferences).some(({ kind }) => STAYING.includes(textOf(kind) ?? ""));
  return groupsIn(fieldsOf(pod["status"])["containerStatuses"]).every(({ state }) => {
    const { running } = fieldsOf(state);
    if (running === undefined) return !stays;
    return !isBefore(textOf(fieldsOf(running)["startedAt"]), boot);
  });
}

/** The API's times are whole seconds. */
function isBefore(time: string | undefined, { at }: NodeBoot): boolean {
  return time !== undefined && Date.parse(time) + 1000 <= at;
}
