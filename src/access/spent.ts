import { textsOf } from "../kube/fields.js";
import type { KubeApi } from "../kube/kube-api.js";
import type { KubeObject } from "../kube/kube-object.js";
import { MANAGER, RECORDS, USERS_NAMESPACE } from "./user.js";

/** Not the name of a user's record: those begin otherwise. */
const NAME = "alpine-k8s-spent-certificates";
const PATH = `${RECORDS}/${NAME}`;

/**
 * Issues of certificates that were taken back and have not ended, with their ends. A certificate with such a group would
 * work again if a binding named the group once more.
 */
export async function spentIssues(kube: KubeApi, signal: AbortSignal): Promise<readonly string[]> {
  return Object.keys(textsOf((await kube.find(PATH, signal))?.["data"]));
}

/** Notes that this issue is taken back, and forgets those whose certificates have ended. */
export async function noteSpent(
  kube: KubeApi,
  { issue, expires, now }: { readonly issue: string; readonly expires: string; readonly now: number },
  signal: AbortSignal,
): Promise<void> {
  const live = textsOf((await kube.find(PATH, signal))?.["data"]);
  // What has no end that can be read is kept.
  const kept = Object.entries(live).filter(([, end]) => !(Date.parse(end) < now));
  const record: KubeObject = {
    ...{ apiVersion: "v1", kind: "ConfigMap" },
    metadata: { name: NAME, namespace: USERS_NAMESPACE, labels: { "app.kubernetes.io/managed-by": "alpine-k8s" } },
    data: { ...Object.fromEntries(kept), [issue]: expires },
  };
  await kube.apply([record], MANAGER, signal);
}
