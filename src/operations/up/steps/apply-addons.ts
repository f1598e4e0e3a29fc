import { parseManifest } from "../../../addons/manifest.js";
import type { KubeObject } from "../../../kube/kube-api.js";
import type { ClusterContext } from "../../../engine/context.js";
import { kubeOf } from "../../../control-plane/kube-access.js";
import { applyWithRetry, retryWhileApiUnavailable } from "../../../control-plane/retry-while-api-unavailable.js";
import type { Step } from "../../../engine/step.js";

/** Holds the sums of the manifests that were applied last, by add-on. */
const RECORD = "/api/v1/namespaces/kube-system/configmaps/alpine-k8s-addons";

interface AppliedSums extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Applies the add-ons besides the network that are new or have changed manifests; a later step waits for them. */
export const applyAddons: Step<ClusterContext> = {
  title: "Apply add-ons",
  skip: async (context) => {
    if (context.addons.length === 0) return "none besides the network";
    const applied = await appliedSums(context);
    return context.addons.every(({ name, sha256 }) => applied[name] === sha256) ? "applied already" : undefined;
  },
  run: async (context) => {
    const kube = await kubeOf(context);
    const applied: Record<string, string> = { ...(await appliedSums(context)) };
    context.log.persist();
    for (const { name, text, sha256 } of context.addons) {
      if (applied[name] === sha256) continue;
      context.progress.detail(`applying ${name}`);
      const objects = parseManifest(text, name);
      await applyWithRetry(context, kube, objects);
      applied[name] = sha256;
      await retryWhileApiUnavailable(context, () => kube.apply([recordOf(applied)], "alpine-k8s", context.signal));
    }
  },
};

async function appliedSums(context: ClusterContext): Promise<Readonly<Record<string, string>>> {
  const kube = await kubeOf(context);
  return (await retryWhileApiUnavailable(context, () => kube.find<AppliedSums>(RECORD, context.signal)))?.data ?? {};
}

function recordOf(sums: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "alpine-k8s-addons", namespace: "kube-system" },
    data: sums,
  };
}
