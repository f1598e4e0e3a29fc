import { errorFromAnswer } from "./kube-error.js";
import type { Answer, KubeTransport, RequestOptions } from "./transport.js";

/** One specific pod: a later pod of the same name has another uid. */
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * The result of an eviction: the pod is terminating, it was gone already, or the API refuses for now. `reason` holds
 * the API's words, `budget` the PodDisruptionBudget that it names.
 */
export type Eviction =
  | { readonly outcome: "evicted" | "gone" }
  | { readonly outcome: "refused"; readonly reason: string; readonly budget?: string };

/**
 * Evicts a pod with an Eviction of `apiVersion`, which must be the one that the API takes: policy/v1beta1 up to
 * Kubernetes 1.21, policy/v1 since. Throws a KubeError for any answer that is no {@link Eviction}.
 */
export async function evictPod(
  transport: KubeTransport,
  apiVersion: string,
  pod: PodRef,
  options: RequestOptions,
): Promise<Eviction> {
  const { namespace, name, uid } = pod;
  const path = `${podPath(pod)}/eviction`;
  const eviction = {
    apiVersion,
    kind: "Eviction",
    metadata: { namespace, name },
    // A StatefulSet creates the next pod with the same name.
    deleteOptions: { preconditions: { uid } },
  };
  const answer = await transport.send("POST", path, eviction, options);
  const { body } = answer;
  const status = realStatus(answer);
  if (status < 300) return { outcome: "evicted" };
  if (status === 404 || status === 409) return { outcome: "gone" };
  // A pod with several budgets is refused with 500 and without a reason.
  if (status === 429 || (status === 500 && body.includes("more than one PodDisruptionBudget"))) return refusal(body);
  throw errorFromAnswer(`evicting pod ${namespace}/${name}`, status, body);
}

/** `/api/v1/namespaces/NAMESPACE/pods/NAME`. */
export function podPath({ namespace, name }: Pick<PodRef, "namespace" | "name">): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

/**
 * For a pod with several budgets eviction.go returns a Status of code 500 as the result, in an answer with HTTP 201.
 */
function realStatus({ status, body }: Answer): number {
  const said = status < 300 ? parsed(body) : {};
  return said.status === "Failure" ? (said.code ?? 500) : status;
}

interface Refusal {
  readonly status?: string;
  readonly code?: number;
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
