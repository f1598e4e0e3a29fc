import { AlpineK8sError, messageOf } from "../base/errors.js";
import type { KubeApi } from "../kube/kube-api.js";
import type { ClusterContext } from "../engine/context.js";
import { kubeOf, usableAdminConfig } from "./kube-access.js";
import { apiMaster, chooseApiMaster } from "./masters.js";

/**
 * The API of a cluster that should be up, for operations that prepare and start no node: from here with the folder's
 * admin.config, else through a master. Throws `unhealthy` with both reasons when neither way works.
 */
export async function askApi(context: ClusterContext): Promise<KubeApi> {
  if (context.kube) return context.kube;
  const fromHere = await kubeFromHere(context);
  if (typeof fromHere !== "string") return (context.kube = fromHere);
  const sessions = await context.fleet.observe();
  context.signal.throwIfAborted();
  chooseApiMaster(context, sessions);
  const first = apiMaster(context);
  const session = sessions[context.topology.nodes.indexOf(first)];
  if (session?.facts.state === "finished") return kubeOf(context);
  const why = session ? "is not set up" : "does not answer by ssh";
  const reasons = [...(fromHere === "" ? [] : [fromHere]), `${first.name} ${why}`];
  throw new AlpineK8sError("unhealthy", `the cluster's API cannot be asked: ${reasons.join("; ")}`, {
    node: first.name,
    hints: ["alpine-k8s status", "alpine-k8s up"],
  });
}

/** The API without asking a node, or the reason why not; the reason is empty when there is no usable admin.config. */
async function kubeFromHere(context: ClusterContext): Promise<KubeApi | string> {
  const adminConfig = await usableAdminConfig(context, 0);
  if (adminConfig === undefined) return "";
  try {
    return await context.tools.kube({ adminConfig, through: undefined, signal: context.signal });
  } catch (error) {
    context.signal.throwIfAborted();
    return messageOf(error);
  }
}
