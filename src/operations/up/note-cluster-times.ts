import type { ClusterContext } from "../../engine/context.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { describeObject, SYSTEM_PODS } from "../../kube/kube-object.js";
import { nodeNameOf, timesOf } from "../../kube/times/object-times.js";
import { PULLED_EVENTS, pulledImage } from "../../kube/times/pulled-images.js";
import { masters } from "../../nodes/nodes.js";

/**
 * Notes in the run's timeline when, by the cluster's own times, nodes and the system's pods came to what they are, and
 * which images kubelets have pulled. Asks for pods and events only in a run that has changed something; nothing depends on
 * it, so an API that does not tell is left alone. Throws only on abort.
 */
export async function noteClusterTimes(
  context: Pick<ClusterContext, "log" | "topology" | "signal">,
  kube: KubeApi,
  nodes: readonly KubeObject[],
): Promise<void> {
  const { log, topology, signal } = context;
  if (!log.isPersisted()) return;
  const names = new Map(topology.nodes.map(({ fqdn, name }) => [fqdn, name]));
  const nameOf = (fqdn: string | null | undefined): string | null => names.get(fqdn ?? "") ?? null;
  // Of several nobody can tell which one's API, or scheduler, it was.
  const { first, further } = masters(topology);
  const master = further.length === 0 ? first.name : null;
  const asked = (path: string): Promise<readonly KubeObject[]> => kube.list(path, signal).catch(() => []);
  const [pods, events] = await Promise.all([asked(SYSTEM_PODS), asked(PULLED_EVENTS)]);
  signal.throwIfAborted();
  for (const node of nodes) {
    const { name } = node.metadata;
    log.writeEvent({ kind: "object", object: `Node ${name}`, node: nameOf(name), master, ...timesOf(node) });
  }
  for (const pod of pods) {
    const object = describeObject({ kind: "Pod", metadata: { ...pod.metadata } });
    log.writeEvent({ kind: "object", object, node: nameOf(nodeNameOf(pod)), master, ...timesOf(pod) });
  }
  for (const pulled of events.flatMap((event) => pulledImage(event) ?? [])) {
    const { at: pulledAt, ...image } = pulled;
    log.writeEvent({ kind: "image", ...image, node: nameOf(image.node), pulledAt });
  }
}
