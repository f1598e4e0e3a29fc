import type { Addon } from "../../../addons/addon.js";
import { parseManifest } from "../../../addons/manifest.js";
import { planAddons } from "../../../addons/plan.js";
import { demandCluster, seenMasters } from "../../../control-plane/seen-masters.js";
import { fileAction, maybe, overall, type Item } from "../../../engine/item.js";
import { NotKnownYet } from "../../../engine/not-known-yet.js";
import { textsOf } from "../../../kube/fields.js";
import type { KubeObject } from "../../../kube/kube-api.js";
import type { ClusterContext } from "../../../engine/context.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import { applyWithRetry, retryWhileApiUnavailable } from "../../../control-plane/retry-while-api-unavailable.js";
import type { Result } from "../../../engine/result.js";
import type { Step } from "../../../engine/step.js";

/** Holds the sums of the manifests that were applied last, by add-on. */
const RECORD = "/api/v1/namespaces/kube-system/configmaps/alpine-k8s-addons";

/** Applies the add-ons besides the network that are new or have changed manifests; a later step waits for them. */
export function applyAddons(addons: Result<readonly Addon[]>): Step<ClusterContext> {
  return {
    id: "apply-add-ons",
    title: "Apply add-ons",
    plan: async (context) => {
      const wanted = planAddons(context.spec).flatMap(({ ref, isNetwork }) => (isNetwork ? [] : [ref]));
      if (wanted.length === 0) return "none besides the network";
      const applied = await sumsIfAny(context);
      const areAllNew = typeof applied === "string" && (await seenMasters(context)).areAllNew;
      const items = wanted.flatMap(({ name }): Item[] => {
        const item = overall(fileAction(name), `apply ${name}`);
        const { sha256 } = addons.value?.find((addon) => addon.name === name) ?? {};
        if (areAllNew) return [item];
        if (sha256 === undefined) return [maybe(item, "where the manifest that is downloaded is another one")];
        if (typeof applied === "string") return [maybe(item, `where its manifest is new, ${applied}`)];
        return applied[name] === sha256 ? [] : [item];
      });
      return items.length === 0 ? "applied already" : items;
    },
    run: async (context, items) => {
      const kube = await connectApi(context, "prepared");
      const applied: Record<string, string> = { ...(await appliedSums(context)) };
      context.log.persist();
      for (const { name, text, sha256 } of addons.value ?? []) {
        if (!items.some(({ action }) => action === fileAction(name))) continue;
        context.progress.detail(`applying ${name}`);
        const objects = parseManifest(text, name);
        await applyWithRetry(context, kube, objects);
        applied[name] = sha256;
        await retryWhileApiUnavailable(context, () => kube.apply([recordOf(applied)], "alpine-k8s", context.signal));
      }
    },
  };
}

/** The sums, or when they will be known. */
async function sumsIfAny(context: ClusterContext): Promise<Readonly<Record<string, string>> | string> {
  try {
    await demandCluster(context);
    return await appliedSums(context);
  } catch (error) {
    if (error instanceof NotKnownYet) return error.until;
    throw error;
  }
}

async function appliedSums(context: ClusterContext): Promise<Readonly<Record<string, string>>> {
  const kube = await connectApi(context, "prepared");
  return textsOf((await retryWhileApiUnavailable(context, () => kube.find(RECORD, context.signal)))?.["data"]);
}

function recordOf(sums: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "alpine-k8s-addons", namespace: "kube-system" },
    data: sums,
  };
}
