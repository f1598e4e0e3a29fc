import type { Addon } from "../../addons/addon.js";
import { parseManifest } from "../../addons/manifest.js";
import { connectApi } from "../../control-plane/connect-api.js";
import { applyWithRetry, retryWhileApiUnavailable } from "../../control-plane/retry-while-api-unavailable.js";
import { demandCluster, seenMasters } from "../../control-plane/seen-masters.js";
import type { ClusterContext } from "../../engine/context.js";
import { maybe, type Item } from "../../engine/item.js";
import { NotKnownYet } from "../../engine/not-known-yet.js";
import type { OwnResult, Result } from "../../engine/result.js";
import { textsOf } from "../../kube/fields.js";
import type { KubeObject } from "../../kube/kube-object.js";

/** The cluster's record: the sum of every add-on as it was applied last, by name. */
export type AppliedSums = Readonly<Record<string, string>>;

/** What the steps that apply add-ons share. */
export interface AddonResults {
  readonly addons: Result<readonly Addon[]>;
  /** Asked for once in a run; steps that change it run one after the other. */
  readonly record: OwnResult<AppliedSums>;
}

const PATH = "/api/v1/namespaces/kube-system/configmaps/alpine-k8s-addons";

/** Of these items, each of which applies an add-on, those that are to be done by the cluster's record; or why none. */
export async function planToApply(
  context: ClusterContext,
  { addons, record }: AddonResults,
  wanted: readonly { readonly name: string; readonly item: Item }[],
): Promise<string | readonly Item[]> {
  const sums = await sumsIfAny(context, record);
  const areAllNew = typeof sums === "string" && (await seenMasters(context)).areAllNew;
  const items = wanted.flatMap(({ name, item }): Item[] => {
    if (areAllNew) return [item];
    const { sha256 } = addons.value?.find((addon) => addon.name === name) ?? {};
    if (sha256 === undefined) return [maybe(item, "where the manifest that is downloaded is another one")];
    if (typeof sums === "string") return [maybe(item, `where its manifest is new, ${sums}`)];
    return sums[name] === sha256 ? [] : [item];
  });
  return items.length === 0 ? "applied already" : items;
}

/**
 * Applies an add-on, unless this run `hasApplied` it elsewhere, and writes its sum to the cluster's record. An older sum is
 * taken out before, so that what was cut off is applied again, whatever the spec says by then. Throws the API's error when
 * it refuses the manifest or stays away.
 */
export async function applyAddon(
  context: ClusterContext,
  { name, text, sha256 }: Addon,
  { record, hasApplied = false }: Pick<AddonResults, "record"> & { readonly hasApplied?: boolean | undefined },
): Promise<void> {
  const kube = await connectApi(context, "prepared");
  const { [name]: older, ...others } = await sumsOf(context, record);
  const write = async (sums: AppliedSums): Promise<void> => {
    await applyWithRetry(context, kube, [recordOf(sums)]);
    record.give(sums);
  };
  if (!hasApplied) {
    context.progress.detail(`applying ${name}`);
    const objects = parseManifest(text, name);
    if (older !== undefined) await write(others);
    await applyWithRetry(context, kube, objects);
  }
  await write({ ...others, [name]: sha256 });
}

/** The sums, or when they will be known. */
async function sumsIfAny(context: ClusterContext, record: AddonResults["record"]): Promise<AppliedSums | string> {
  try {
    await demandCluster(context);
    return await sumsOf(context, record);
  } catch (error) {
    if (error instanceof NotKnownYet) return error.until;
    throw error;
  }
}

async function sumsOf(context: ClusterContext, record: AddonResults["record"]): Promise<AppliedSums> {
  if (record.value !== undefined) return record.value;
  // Its record is empty, and nodes that are to join do not wait for a look at it.
  if (context.api.isNew) return {};
  const kube = await connectApi(context, "prepared");
  const found = await retryWhileApiUnavailable(context, () => kube.find(PATH, context.signal));
  const sums = textsOf(found?.["data"]);
  record.give(sums);
  return sums;
}

function recordOf(data: AppliedSums): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "alpine-k8s-addons", namespace: "kube-system" },
    data,
  };
}
