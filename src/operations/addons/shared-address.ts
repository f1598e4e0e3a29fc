import { ADDON_LABEL, VERSION_NOTE } from "../../addons/static-pod.js";
import type { ClusterContext } from "../../engine/context.js";
import { fieldsOf, groupsIn, textOf } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { troubleOf } from "../../kube/pod-trouble.js";
import { labelledPods } from "../../kube/stuck-pods.js";
import { ADDRESS_ADDON } from "../../model/spec/addon-names.js";
import { sharedAddress } from "../../model/topology/api-endpoint.js";
import type { AddonCondition } from "./readiness.js";

/** The pods that carry the address, as the API has them. */
export function addressPods(kube: KubeApi, signal: AbortSignal): Promise<readonly KubeObject[]> {
  return labelledPods(kube, `${ADDON_LABEL}=${ADDRESS_ADDON}`, signal);
}

/** The release that such a pod is of; nothing for what is no pod of ours. */
export function releaseOf({ metadata }: KubeObject): string | undefined {
  return textOf(fieldsOf(metadata["annotations"])[VERSION_NOTE]);
}

/** What the address has to show: a pod that is ready on every master. */
export function addressConditions(
  { topology }: Pick<ClusterContext, "topology">,
  pods: readonly KubeObject[],
): readonly AddonCondition[] {
  if (sharedAddress(topology) === undefined) return [];
  return topology.nodes
    .filter(({ role }) => role === "master")
    .map(({ name, fqdn }) => {
      const pod = pods.find(({ spec }) => fieldsOf(spec)["nodeName"] === fqdn);
      const reason = pod === undefined ? `${fqdn} has no pod of it: alpine-k8s up` : (troubleOf(pod)?.words ?? "");
      return {
        id: `pod-on-${name}`,
        met: reason === "",
        reason: reason === "" || pod === undefined ? reason : `on ${fqdn}: ${reason}`,
      };
    });
}

/** What the containers of these pods run, each once. */
export function imagesOfPods(pods: readonly KubeObject[]): readonly string[] {
  return [
    ...new Set(
      pods.flatMap(({ spec }) => groupsIn(fieldsOf(spec)["containers"]).flatMap(({ image }) => textOf(image) ?? [])),
    ),
  ];
}
