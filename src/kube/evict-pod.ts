import { errorFromAnswer } from "./kube-error.js";
import type { KubeTransport, RequestOptions } from "./transport.js";

/** One certain pod: a later one of the same name is another. */
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * What became of a request to evict: the pod is being ended, it was gone already, or the API refuses for now. `reason`
 * has the API's words, `budget` the PodDisruptionBudget that it names.
 */
export type Eviction =
  | { readonly outcome: "evicted" | "gone" }
  | { readonly outcome: "refused"; readonly reason: string; readonly budget?: string };

/** Evicts a pod (policy/v1 Eviction, served since Kubernetes 1.22). Throws a KubeError unless the answer is one of {@link Eviction}. */
export async function evictPod(transport: KubeTransport, pod: PodRef, options: RequestOptions): Promise<Eviction> {
  const { namespace, name, uid } = pod;
  const path = `${podPath(pod)}/eviction`;
  const eviction = {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { namespace, name },
    // A StatefulSet makes the next pod under the same name.
    deleteOptions: { preconditions: { uid } },
  };
  const { status, body } = await transport.send("POST", path, eviction, options);
  if (status < 300) return { outcome: "evicted" };
  if (status === 404 || status === 409) return { outcome: "gone" };
  // Several budgets for one pod are told with 500 and without a reason.
  if (status === 429 || (status === 500 && body.includes("more than one PodDisruptionBudget"))) return refusal(body);
  throw errorFromAnswer(`evicting pod ${namespace}/${name}`, status, body);
}

/** `/api/v1/namespaces/NAMESPACE/pods/NAME`. */
export function podPath({ namespace, name }: Pick<PodRef, "namespace" | "name">): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

interface Refusal {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** The words are those of pkg/registry/core/pod/storage/eviction.go in Kubernetes. */
function refusal(body: string): Eviction {
  const { message = "", details } = parsed(body);
  const cause = details?.causes?.find(({ reason }) => reason === "DisruptionBudget")?.message;
  const budget = /^The disruption budget (\S+) /.exec(cause ?? "")?.[1];
  const reason = cause ?? (message === "" ? "too many requests" : message);
  return { outcome: "refused", reason, ...(budget === undefined ? {} : { budget }) };
}

function parsed(body: string): Refusal {
  try {
    return (JSON.parse(body) as Refusal | null) ?? {};
  } catch {
    return {};
  }
}
