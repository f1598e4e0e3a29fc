import { splitDocuments } from "./documents.js";
import { parseManifest } from "./manifest.js";
import { MAY_HOLD_WORKLOAD, workloadsOf } from "./workloads.js";
import type { KubeObject } from "../kube/kube-object.js";

/** Begins the line at which `master.sh` divides a network manifest; what it waits for there follows. */
const MARK = "# alpine-k8s: the rest waits for";

/**
 * Divides a network manifest: first all that makes the network, then a line that names what must be ready, then the
 * workloads whose pods need an address of it. Pods made before the network is ready cost a failed sandbox and the wait for
 * the next try. Named are DaemonSets as NAMESPACE/NAME, or `flannel` where it is one: it tells on each node when it is
 * ready, long before its pod passes the probes of its neighbours. Each document stays byte for byte; a manifest in which
 * nothing can be waited for stays as it is.
 */
export function inWaves(text: string, source: string): string {
  const first: string[] = [];
  const rest: string[] = [];
  const awaited: string[] = [];
  for (const part of splitDocuments(text)) {
    const workloads = MAY_HOLD_WORKLOAD.test(part) ? parseManifest(part, source) : [];
    const needsNetwork = workloads.length > 0 && workloads.every(hasPodAddress);
    (needsNetwork ? rest : first).push(part);
    if (!needsNetwork) awaited.push(...workloads.flatMap(awaitedOf));
  }
  if (awaited.length === 0) return text;
  const head = first.map(ended).join("");
  return `${head}${[MARK, ...awaited].join(" ")}\n${rest.map(ended).map(separate).join("")}`;
}

interface PodSpec {
  readonly hostNetwork?: unknown;
  readonly containers?: readonly { readonly name?: unknown }[];
}

function podSpecOf({ spec }: KubeObject): PodSpec {
  return (spec as { template?: { spec?: PodSpec } } | undefined)?.template?.spec ?? {};
}

function hasPodAddress(object: KubeObject): boolean {
  return workloadsOf([object]).length > 0 && podSpecOf(object).hostNetwork !== true;
}

function awaitedOf(object: KubeObject): readonly string[] {
  const [workload] = workloadsOf([object]);
  if (workload?.kind !== "DaemonSet") return [];
  const { containers } = podSpecOf(object);
  const isFlannel = Array.isArray(containers) && containers.some(({ name }) => name === "kube-flannel");
  return [isFlannel ? "flannel" : `${workload.namespace}/${workload.name}`];
}

function ended(part: string): string {
  return part.endsWith("\n") ? part : `${part}\n`;
}

/** The first document of a file needs no `---`; behind others it does. */
function separate(part: string): string {
  return /^---(?:\s|$)/.test(part) ? part : `---\n${part}`;
}
