import { AlpineK8sError } from "../../base/errors.js";
import { cordonNode, isCordoned } from "../../kube/cordon-node.js";
import { drainNode, DrainTimeout, isLost, lookAtPods, type StuckPod } from "../../kube/drain-node.js";
import { podText, type DrainPlan } from "../../kube/drain-plan.js";
import { fieldsOf } from "../../kube/fields.js";
import type { KubeApi } from "../../kube/kube-api.js";
import { nodePath } from "../../kube/kube-object.js";
import { retryWhileApiUnavailable } from "../../control-plane/retry-while-api-unavailable.js";
import { onNode } from "../../engine/item.js";
import type { Step } from "../../engine/step.js";
import { warn } from "../../engine/warn.js";
import { refuseLosses } from "./look.js";
import type { Removal } from "./removal.js";

/** Why there is no node object to change; undefined when there is one and the API can be asked. */
function noNodeObject({ kube, node }: Removal): string | undefined {
  if (typeof kube === "string") return "the API cannot be asked";
  return node.object === undefined ? `${node.fqdn} is not in the cluster` : undefined;
}

function apiOf({ kube }: Removal): KubeApi {
  if (typeof kube === "string") throw new AlpineK8sError("bug", `the API was to be asked: ${kube}`);
  return kube;
}

/** Keeps new pods away. */
export const cordon: Step<Removal> = {
  id: "cordon",
  title: "Cordon",
  plan: (removal) => {
    const { name } = removal.node;
    const cordoned = isCordoned(removal.node.object);
    if (cordoned) removal.done.isCordoned.give(true);
    return Promise.resolve(
      noNodeObject(removal) ?? (cordoned ? "cordoned already" : [onNode(name, "cordon", `cordon ${name}`)]),
    );
  },
  run: async (removal) => {
    const { node, context, signal } = removal;
    context.log.persist();
    removal.done.isCordoned.give(true);
    await retryWhileApiUnavailable(context, () => cordonNode(apiOf(removal), node.fqdn, signal));
  },
};

/** Evicts the pods, as disruption budgets allow. */
export const drain: Step<Removal> = {
  id: "drain",
  title: "Drain",
  plan: async (removal) => {
    const why = noNodeObject(removal);
    if (why !== undefined) return why;
    const { leaving } = await podsOf(removal);
    if (leaving.length === 0) return "no pod has to leave";
    const { name } = removal.node;
    return [onNode(name, "evict", `make the pods on ${name} leave: ${leaving.map(podText).join(", ")}`)];
  },
  run: async (removal) => {
    const { node, context, signal, force, timeout, progress } = removal;
    const kube = apiOf(removal);
    context.log.persist();
    refuseLosses(node, await podsOf(removal), force, "it was cordoned and nothing else");
    try {
      const { clock } = context.tools;
      const onWait = (text: string): void => progress.node(node.name, text);
      const drained = await drainNode({ kube, fqdn: node.fqdn, force, timeout, clock, signal, onWait });
      removal.done.evicted.give(drained.evicted);
      tellLeft(removal, drained);
    } catch (error) {
      if (error instanceof DrainTimeout) throw await drainFailure(removal, error);
      throw error;
    }
  },
};

function podsOf(removal: Removal): Promise<DrainPlan> {
  const { context, node, signal } = removal;
  return retryWhileApiUnavailable(context, () => lookAtPods(apiOf(removal), node.fqdn, signal));
}

function tellLeft({ context, node }: Removal, { left, lost }: { left: readonly string[]; lost: boolean }): void {
  if (left.length === 0) return;
  const pods = left.join(", ");
  warn(
    context,
    lost
      ? `${node.name} has not reported for longer than the cluster's grace period, so its pods cannot terminate and were not waited for: ${pods}`
      : `these pods had not ended on ${node.name} although they were deleted: ${pods}`,
  );
}

/** The error that names each pod, its budget, how many disruptions that allows, and what to type next. */
async function drainFailure(removal: Removal, { stuck, seconds }: DrainTimeout): Promise<AlpineK8sError> {
  const { node } = removal;
  const lines = await Promise.all(stuck.map(async (one) => `  ${podText(one.pod)}: ${await whyStuck(removal, one)}`));
  const budgets = [...new Set(stuck.flatMap(({ pod, budget }) => (budget ? [`${pod.namespace} ${budget}`] : [])))];
  return new AlpineK8sError(
    "timeout",
    [
      `${node.name} was not drained within ${seconds} s; it stays cordoned, its machine was not touched:`,
      ...lines,
    ].join("\n"),
    {
      node: node.name,
      hints: [
        ...budgets.map((budget) => `alpine-k8s kubectl -- describe poddisruptionbudget --namespace ${budget}`),
        `alpine-k8s remove-node ${node.name}  (tries again)`,
        `alpine-k8s remove-node ${node.name} --force  (deletes the pods whatever a budget says, when the time is over)`,
      ],
    },
  );
}

async function whyStuck(removal: Removal, { pod, reason, budget }: StuckPod): Promise<string> {
  if (reason === "") return "it is still terminating";
  if (budget === undefined) return reason;
  const kube = apiOf(removal);
  const group = await kube.groupPath("policy", removal.signal);
  const path = `${group}/namespaces/${encodeURIComponent(pod.namespace)}/poddisruptionbudgets/${encodeURIComponent(budget)}`;
  const { disruptionsAllowed } = fieldsOf((await kube.find(path, removal.signal))?.["status"]);
  return `${reason} (disruptions allowed: ${typeof disruptionsAllowed === "number" ? disruptionsAllowed : 0})`;
}

/**
 * Deletes the node object; the cluster's controllers then remove its pods and lease. Comes after the machine: a live
 * kubelet could register again, and a pod of a StatefulSet must not run twice.
 */
export const deleteNodeObject: Step<Removal> = {
  id: "delete-node-object",
  title: "Delete the node object",
  plan: async (removal) => {
    const { kube, node, context, signal } = removal;
    if (typeof kube === "string") {
      removal.done.nodeObject.give("left");
      warn(
        context,
        `${node.fqdn} and its pods stay in the cluster's lists, as the API cannot be asked; when it answers: alpine-k8s kubectl -- delete node ${node.fqdn}`,
      );
      return "the API cannot be asked";
    }
    // When a master has just left, the API may stall: etcd elects another leader.
    const found = await retryWhileApiUnavailable(context, () => kube.find(nodePath(node.fqdn), signal));
    if (found === undefined) return `${node.fqdn} is not in the cluster`;
    return [onNode(node.name, "delete", `delete the node object ${node.fqdn}`)];
  },
  run: async (removal) => {
    const { context, node, signal } = removal;
    context.log.persist();
    await retryWhileApiUnavailable(context, () => apiOf(removal).delete(nodePath(node.fqdn), signal));
    removal.done.nodeObject.give("deleted");
  },
};

/** Whether the control plane has given the node up as lost. */
export function isLostNode({ object }: Removal["node"]): boolean {
  return object !== undefined && isLost(object);
}
