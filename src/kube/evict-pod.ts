import { meaningOf } from "./again-later.js";
import { fieldsOf, groupsIn, textOf, wordsOf } from "./fields.js";
import { errorFromAnswer, statusBody } from "./kube-error.js";
import type { Answer, KubeTransport, RequestOptions } from "./transport.js";

/** One specific pod: a later pod of the same name has another uid. */
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * What became of a request to evict: the pod is being ended, it was gone already, or it is refused for now, by a
 * disruption budget, a webhook, or an API that is not able to. `reason` has the API's words, `budget` the
 * PodDisruptionBudget that they name.
 */
export type Eviction =
  | { readonly outcome: "evicted" | "gone" }
  | { readonly outcome: "refused"; readonly reason: string; readonly budget?: string };

/**
 * Evicts a pod by an Eviction of `apiVersion`, which is the one that the API says it takes: policy/v1beta1 up to
 * Kubernetes 1.21, policy/v1 since. Throws a KubeError when the answer is a no, or none came.
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
  const error = errorFromAnswer(`evicting pod ${namespace}/${name}`, status, body);
  const meaning = meaningOf(error);
  // A conflict is that of the uid, unless a webhook chose this status.
  if (meaning !== "denied" && (status === 404 || status === 409)) return { outcome: "gone" };
  if (meaning === "no") throw error;
  return refusal(body, error.message);
}

/** `/api/v1/namespaces/NAMESPACE/pods/NAME`. */
export function podPath({ namespace, name }: Pick<PodRef, "namespace" | "name">): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

/**
 * For a pod with several budgets eviction.go returns a Status of code 500 as the result, in an answer with HTTP 201.
 */
function realStatus({ status, body }: Answer): number {
  const said = status < 300 ? statusBody(body) : {};
  if (said["status"] !== "Failure") return status;
  return typeof said["code"] === "number" ? said["code"] : 500;
}

/** The words are those of pkg/registry/core/pod/storage/eviction.go in Kubernetes. */
function refusal(body: string, instead: string): Eviction {
  const { message, details } = statusBody(body);
  const said = groupsIn(fieldsOf(details)["causes"]).find(({ reason }) => reason === "DisruptionBudget")?.["message"];
  const cause = textOf(said) === undefined ? undefined : wordsOf(said);
  const budget = /^The disruption budget (\S+) /.exec(cause ?? "")?.[1];
  const reason = cause ?? (wordsOf(message) || instead);
  return { outcome: "refused", reason, ...(budget === undefined ? {} : { budget }) };
}
