import type { Addon } from "../../addons/addon.js";
import { inventoryObject, united, without, type Inventory } from "../../addons/inventory/inventory.js";
import { refsIn } from "../../addons/inventory/refs-in.js";
import { parseManifest } from "../../addons/manifest.js";
import { connectApi } from "../../control-plane/connect-api.js";
import { applyWithRetry, retryWhileApiUnavailable } from "../../control-plane/retry-while-api-unavailable.js";
import { demandCluster, seenMasters } from "../../control-plane/seen-masters.js";
import type { ClusterContext } from "../../engine/context.js";
import { maybe, type Item } from "../../engine/item.js";
import { NotKnownYet } from "../../engine/not-known-yet.js";
import type { OwnResult, Result } from "../../engine/result.js";
import { textsOf } from "../../kube/fields.js";
import type { ApplyHow, KubeApi } from "../../kube/kube-api.js";
import type { KubeObject, ObjectRef } from "../../kube/kube-object.js";
import { isKept } from "../../addons/inventory/removal-order.js";
import { readInventory } from "../addons/inventory-record.js";
import { planRemoval, removeObjects, type RemovalPlan } from "../addons/removal.js";
import { lookForDrift, putBackItems, type Drifts } from "./put-back.js";

/** The cluster's record: the sum of every add-on as it was applied last, by name. */
export type AppliedSums = Readonly<Record<string, string>>;

/** What the steps that apply add-ons share. */
export interface AddonResults {
  readonly addons: Result<readonly Addon[]>;
  /** Asked for once in a run; steps that change it run one after the other. */
  readonly record: OwnResult<AppliedSums>;
  /** Of the add-ons that were applied when the first step asked. */
  readonly drifts: OwnResult<Drifts>;
}

/** The path of the cluster's record. */
const RECORD = "/api/v1/namespaces/kube-system/configmaps/alpine-k8s-addons";

/**
 * Of these items, each of which applies an add-on, those that are to be done by the cluster's record; where the add-on is
 * applied, the item that puts back what others have deleted or changed of it. A sentence when that is nothing.
 */
export async function planToApply(
  context: ClusterContext,
  { addons, record, drifts }: AddonResults,
  wanted: readonly { readonly name: string; readonly item: Item }[],
): Promise<string | readonly Item[]> {
  const sums = await sumsIfAny(context, record);
  if (typeof sums !== "string" && drifts.value === undefined)
    drifts.give(await lookForDrift(context, addons.value?.filter(({ name, sha256 }) => sums[name] === sha256) ?? []));
  const areAllNew = typeof sums === "string" && (await seenMasters(context)).areAllNew;
  const items = wanted.flatMap(({ name, item }): readonly Item[] => {
    if (areAllNew) return [item];
    const { sha256 } = addons.value?.find((addon) => addon.name === name) ?? {};
    if (sha256 === undefined) return [maybe(item, "where the manifest that is downloaded is another one")];
    if (typeof sums === "string") return [maybe(item, `where its manifest is new, ${sums}`)];
    return sums[name] === sha256 ? putBackItems(name, drifts.value?.get(name)) : [item];
  });
  return items.length === 0 ? "applied already" : items;
}

interface HowToApply {
  readonly record: AddonResults["record"];
  /** This run has applied it elsewhere. */
  readonly hasApplied?: boolean | undefined;
  /** Without force the fields of others are an error. */
  readonly how?: ApplyHow;
}

/**
 * Applies an add-on, deletes what an older manifest has brought and this one does not have, and writes its sum to the
 * cluster's record and its objects to its inventory. Before, an older sum is taken out, so that what was cut off is
 * applied again, whatever the spec says by then, and the inventory names the objects of both manifests. Returns what
 * became of the objects of the older one. Throws the API's error when it refuses the manifest or stays away.
 */
export async function applyAddon(
  context: ClusterContext,
  { name, text, sha256, version = "" }: Addon,
  { record, hasApplied = false, how }: HowToApply,
): Promise<RemovalPlan> {
  const kube = await connectApi(context, "prepared");
  const { [name]: older, ...others } = await sumsOf(context, record);
  const write = async (sums: AppliedSums, objects: readonly KubeObject[]): Promise<void> => {
    await applyWithRetry(context, kube, [...objects, recordOf(sums)]);
    record.give(sums);
  };
  const before = context.api.isNew ? undefined : await readInventory(context, kube, name);
  const refs = refsIn(text, name);
  const inventoryOf = (objects: readonly ObjectRef[]): Inventory => ({ sha256, version, objects });
  const meanwhile = inventoryOf(united(before?.objects ?? [], refs));
  if (!hasApplied) {
    context.progress.detail(`applying ${name}`);
    const objects = parseManifest(text, name);
    const noted = inventoryObject(name, meanwhile);
    if (older === undefined) await applyWithRetry(context, kube, [noted]);
    else await write(others, [noted]);
    await applyWithRetry(context, kube, objects, how);
  }
  const removed = await removeGone(context, kube, { gone: without(before?.objects ?? [], refs), refs });
  const after = inventoryOf(
    united(
      refs,
      removed.staying.filter(goesWithData).map(({ ref }) => ref),
    ),
  );
  const isNoted = !hasApplied && after.objects.length === meanwhile.objects.length;
  await write({ ...others, [name]: sha256 }, isNoted ? [] : [inventoryObject(name, after)]);
  return removed;
}

/** What stays of an add-on because it may hold data is still the add-on's. */
function goesWithData({ ref }: RemovalPlan["staying"][number]): boolean {
  return isKept(ref);
}

async function removeGone(
  context: ClusterContext,
  kube: KubeApi,
  { gone, refs }: { readonly gone: readonly ObjectRef[]; readonly refs: readonly ObjectRef[] },
): Promise<RemovalPlan> {
  if (gone.length === 0) return { going: [], staying: [] };
  const plan = await planRemoval(context, kube, { refs: gone, others: refs, withData: false });
  await removeObjects(context, kube, plan.going, {});
  return plan;
}

/** The sums, or when they will be known. */
export async function sumsIfAny(
  context: ClusterContext,
  record: AddonResults["record"],
): Promise<AppliedSums | string> {
  try {
    await demandCluster(context);
    return await sumsOf(context, record);
  } catch (error) {
    if (error instanceof NotKnownYet) return error.until;
    throw error;
  }
}

/** The sums of the cluster's record, asked for once in a run. */
export async function sumsOf(context: ClusterContext, record: AddonResults["record"]): Promise<AppliedSums> {
  if (record.value !== undefined) return record.value;
  // Its record is empty, and nodes that are to join do not wait for a look at it.
  if (context.api.isNew) return {};
  const kube = await connectApi(context, "prepared");
  const found = await retryWhileApiUnavailable(context, () => kube.find(RECORD, context.signal));
  const sums = textsOf(found?.["data"]);
  record.give(sums);
  return sums;
}

/** The object that holds these sums. */
export function recordOf(data: AppliedSums): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "alpine-k8s-addons", namespace: "kube-system" },
    data,
  };
}
