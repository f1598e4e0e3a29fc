import type { KubeObject } from "./kube-object.js";

/** When a node started, in milliseconds since 1970 by its own clock, which stamps what its kubelet tells. */
export interface NodeBoot {
  /** Name in Kubernetes. */
  readonly fqdn: string;
  readonly at: number;
}

interface NodeParts {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly lastHeartbeatTime?: string }[] };
}

interface PodParts {
  readonly metadata: {
    readonly creationTimestamp?: string;
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly containerStatuses?: readonly { readonly state?: { readonly running?: { readonly startedAt?: string } } }[];
  };
}

/** Owners whose pods run for ever on their node: DaemonSets, and the node itself for a kubelet's own. */
const STAYING = ["DaemonSet", "Node"];

/**
 * What the API only remembers of nodes that have started since: until their kubelet has told it anew, it goes on saying
 * that nodes are Ready and pods run. `pods` are those of kube-system. Nothing when all is news.
 */
export function onlyRemembered(
  boots: readonly NodeBoot[],
  nodes: readonly KubeObject[],
  pods: readonly KubeObject[],
): string | undefined {
  const found = boots.flatMap((boot) => {
    const node = nodes.find(({ metadata }) => metadata.name === boot.fqdn);
    if (node === undefined) return [];
    if (!hasSpoken(node, boot)) return [`${boot.fqdn} has started, and its kubelet has told nothing since`];
    const names = pods
      .filter((pod) => !isBack(pod as KubeObject & PodParts, boot))
      .map(({ metadata }) => metadata.name);
    return names.length === 0
      ? []
      : [`${boot.fqdn} has started, and these do not run there again yet: ${names.join(", ")}`];
  });
  return found.length === 0 ? undefined : found.join("; ");
}

function hasSpoken(node: KubeObject, boot: NodeBoot): boolean {
  const ready = ((node as NodeParts).status?.conditions ?? []).find(({ type }) => type === "Ready");
  return !isBefore(ready?.lastHeartbeatTime, boot);
}

function isBack({ metadata, spec, status }: KubeObject & PodParts, boot: NodeBoot): boolean {
  // One that was made since is nothing that could be remembered; whether it runs is the workloads' condition.
  if (spec?.nodeName !== boot.fqdn || !isBefore(metadata.creationTimestamp, boot)) return true;
  const owners = (metadata.ownerReferences ?? []) as readonly { readonly kind: string }[];
  const stays = owners.some(({ kind }) => STAYING.includes(kind));
  return (status?.containerStatuses ?? []).every(({ state }) => {
    if (state?.running === undefined) return !stays;
    return !isBefore(state.running.startedAt, boot);
  });
}

/** The API's times are whole seconds. */
function isBefore(time: string | undefined, { at }: NodeBoot): boolean {
  return time !== undefined && Date.parse(time) + 1000 <= at;
}
