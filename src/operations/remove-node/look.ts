import { basename } from "node:path";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { isLost } from "../../kube/drain-node.js";
import { podText, type DrainPlan } from "../../kube/drain-plan.js";
import type { KubeApi } from "../../kube/kube-api.js";
import { removeNode } from "../../model/spec/edit-spec.js";
import { parseSpec } from "../../model/spec/parse-spec.js";
import { buildTopology } from "../../model/topology/build-topology.js";
import type { ClusterContext } from "../../engine/context.js";
import { masters } from "../../nodes/nodes.js";
import { renderFolder } from "../folder/render-folder.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { NodeSession } from "../../engine/node-session.js";
import type { NodeToRemove } from "./node.js";
import type { Removal, SeenMaster } from "./removal.js";

/**
 * Connects only to the masters and to the node, whatever the size of the cluster; starts and changes no machine. The
 * API is asked through one of the `others`, masters that stay.
 */
export async function connect(
  context: ClusterContext,
  name: string,
  isDryRun: boolean,
): Promise<Pick<Removal, "kube" | "session"> & { readonly others: readonly SeenMaster[] }> {
  if (!isDryRun) await renderMissing(context);
  const { first, further } = masters(context.topology);
  const staying = [first, ...further].filter((node) => node.name !== name);
  const planned = context.topology.nodes.find((node) => node.name === name);
  const sessions = await context.fleet.observe(planned === undefined ? staying : [...staying, planned]);
  const others = staying.map((node, index) => ({ node, session: sessions[index] }));
  const kube = await answering(
    await connectApi(context, { ifAny: others.map(({ session }) => session) }),
    context.signal,
  );
  if (planned === undefined) return { kube, others, session: "the spec does not say how to reach it" };
  return { kube, others, session: sessions[staying.length] ?? (await whySilent(context, planned)) };
}

/** An API that can be reached and is not ready counts as none. */
async function answering(kube: KubeApi | string, signal: AbortSignal): Promise<KubeApi | string> {
  if (typeof kube === "string") return kube;
  try {
    return (await kube.readyz(signal)) ?? kube;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}

/** Nodes are observed with the node scripts, and machines are destroyed with the Vagrantfile. */
async function renderMissing({ paths, spec, topology, proxyCa, identity }: ClusterContext): Promise<void> {
  const needed = [...Object.values(paths.scripts), ...(identity.provider === "vagrant" ? [paths.vagrantfile] : [])];
  const texts = await Promise.all(needed.map(readIfExists));
  if (texts.includes(undefined)) await renderFolder({ paths, spec, topology, proxyCa, force: false });
}

async function whySilent(context: ClusterContext, planned: NodeSession["node"]): Promise<string> {
  if (planned.access === undefined) return "it does not answer by ssh";
  return context.fleet.session(planned).then(() => "", messageOf);
}

/**
 * The cluster without the node. Throws `usage` when the spec cannot be changed safely: that has to be known before
 * anything is removed.
 */
export function withoutNode(
  { paths, identity }: ClusterContext,
  specText: string | undefined,
  name: string,
): Removal["rest"] {
  const { name: folderName, kubernetesVersion } = identity;
  const file = { text: specText, source: basename(paths.spec), folderName, kubernetesVersion };
  const spec = parseSpec({ ...file, text: removeNode(file, name), overrides: {} });
  return { spec, topology: buildTopology(spec, identity) };
}

/** Throws `unhealthy` when the API cannot be asked, unless forced. */
export function demandApi(node: NodeToRemove, kube: KubeApi | string, force: boolean): void {
  if (typeof kube !== "string" || force) return;
  throw new AlpineK8sError(
    "unhealthy",
    `the cluster's API cannot be asked, so ${node.name} cannot be drained or taken out of the cluster: ${kube}; nothing was changed`,
    {
      hints: [
        "alpine-k8s status",
        "alpine-k8s up",
        `alpine-k8s remove-node ${node.name} --force  (without a drain; ${node.fqdn} stays in the cluster's list of nodes)`,
      ],
    },
  );
}

/**
 * Throws `node`, unless forced, for a host that is alive in the cluster and not reachable by ssh: it could not be reset
 * and would run on, and the spec would no longer say how to reach it.
 */
export function refuseUnreachable(node: NodeToRemove, session: Removal["session"], force: boolean): void {
  const { name, planned, object } = node;
  if (force || planned?.access === undefined || typeof session !== "string") return;
  if (object === undefined || isLost(object)) return;
  throw new AlpineK8sError(
    "node",
    `${name} is alive in the cluster and cannot be reached to be reset: ${session}; nothing was changed`,
    {
      node: name,
      hints: [
        `alpine-k8s ssh ${name}  (shows whether the way to it is right again)`,
        `alpine-k8s remove-node ${name}  (when it has just died: in a minute, when the cluster has noticed)`,
        `alpine-k8s remove-node ${name} --force  (leaves it as it is: run kubeadm reset on it)`,
      ],
    },
  );
}

/** Throws `conflict`, unless forced, when pods or their data would be lost; `then` says what was changed so far. */
export function refuseLosses(node: NodeToRemove, { losses }: DrainPlan, force: boolean, then: string): void {
  if (losses.length === 0 || force) return;
  const lines = losses.map(({ pod, what }) => `  ${podText(pod)}: ${what}`);
  throw new AlpineK8sError(
    "conflict",
    [`${node.name} has pods that would be lost, or would lose data; ${then}:`, ...lines].join("\n"),
    {
      node: node.name,
      hints: [
        "move or delete these pods, then give the same command again",
        `alpine-k8s remove-node ${node.name} --force  (loses them)`,
      ],
    },
  );
}
