import type { ClusterContext } from "../engine/context.js";
import { KubeError } from "../kube/kube-error.js";
import { connectApi } from "./connect-api.js";

/** Whether the API that a kubeconfig leads to says anything to this computer, even that it refuses us. */
export async function apiAnswers(context: ClusterContext, kubeconfig: string): Promise<boolean> {
  try {
    (await connectApi(context, { kubeconfig })).close();
    return true;
  } catch (error) {
    context.signal.throwIfAborted();
    return error instanceof KubeError && error.status !== 0;
  }
}
