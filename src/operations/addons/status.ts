import { readAddon, type Addon } from "../../addons/addon.js";
import { demandEntry, entryOf, type Catalogue } from "../../addons/catalogue/catalogue.js";
import { plannedAddons } from "../../addons/plan.js";
import { inventoryPath, type Inventory } from "../../addons/inventory/inventory.js";
import type { Readiness } from "../../addons/catalogue/entry.js";
import { parseManifest } from "../../addons/manifest.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { ClusterContext } from "../../engine/context.js";
import { result } from "../../engine/result.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";
import { fieldsOf, groupsIn, textOf } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { describeObject, type ObjectRef } from "../../kube/kube-object.js";
import { limitConcurrency } from "../../kube/limit-concurrency.js";
import { ADDRESS_ADDON } from "../../model/spec/addon-names.js";
import { addressAddon } from "../../model/spec/addons/shared-address.js";
import type { AddonRef } from "../../model/spec/cluster-spec.js";
import { lookingTools } from "../../nodes/looking-tools.js";
import { sumsOf } from "../up/applied-addons.js";
import { conflictsOf } from "./conflicts.js";
import { readInventories } from "./inventory-record.js";
import { addressConditions, addressPods, imagesOfPods, releaseOf } from "./shared-address.js";
import { findObject, lookAtAddon, type AddonCondition } from "./readiness.js";

/** What `addons status` tells; the shape of its `-o json`, documented in docs/json.md. */
export interface AddonsStatus {
  readonly cluster: string;
  /** All add-ons that are enabled are ready. */
  readonly ready: boolean;
  readonly addons: readonly AddonStatus[];
}

/** How one add-on is. */
export interface AddonStatus {
  readonly name: string;
  /** The spec has it. */
  readonly enabled: boolean;
  /** The release that was applied last, empty for a manifest of the user's own; null when none was. */
  readonly version: string | null;
  readonly sha256: string | null;
  /** It was applied whole. */
  readonly applied: boolean;
  readonly ready: boolean;
  readonly conditions: readonly AddonCondition[];
  readonly images: readonly string[];
  /** Objects that it has brought and that are gone. */
  readonly missing: readonly string[];
  /** Fields that others have changed; null when that was not asked, as it is for one name only, or cannot be told. */
  readonly changed: readonly string[] | null;
}

/** Requests at the same time. */
const AT_ONCE = 6;

/** Looks at add-ons in the cluster, or at one of them more closely; changes nothing. Throws `usage` for an unknown name. */
export async function addonsStatus(input: RunInput & { readonly name: string | undefined }): Promise<AddonsStatus> {
  const looking = { ...input, tools: lookingTools(input.tools) };
  return withRun(looking, { command: "addons status", lock: false }, async ({ context }) => {
    const kube = await connectApi(context, "required");
    const inventories = await readInventories(kube, context.signal);
    const sums = await sumsOf(context, result());
    const all = new Set([...context.spec.addons.map(({ name }) => name), ...inventories.keys(), ...Object.keys(sums)]);
    if (input.name !== undefined && !all.has(input.name)) {
      demandEntry(await context.catalogue(), input.name);
    }
    const names = input.name === undefined ? [...all] : [input.name];
    const addons: AddonStatus[] = [];
    for (const name of names) {
      if (addressAddon(context.spec)?.name === name) {
        addons.push(await addressStatus(context, kube));
        continue;
      }
      const one = { name, inventory: inventories.get(name), sum: sums[name], isClose: input.name !== undefined };
      addons.push(await statusOf(context, kube, one));
    }
    return { cluster: context.identity.name, ready: addons.every(({ enabled, ready }) => !enabled || ready), addons };
  });
}

/** The address of all masters: the API has only mirrors of its pods. */
async function addressStatus(context: ClusterContext, kube: KubeApi): Promise<AddonStatus> {
  const pods = await addressPods(kube, context.signal);
  const conditions = addressConditions(context, pods);
  return {
    ...{ name: ADDRESS_ADDON, enabled: true, version: pods.map(releaseOf).find((one) => one !== undefined) ?? null },
    ...{ sha256: null, applied: pods.length > 0, ready: conditions.every(({ met }) => met), conditions },
    ...{ images: imagesOfPods(pods), missing: [], changed: null },
  };
}

interface Asked {
  readonly name: string;
  readonly inventory: Inventory | undefined;
  readonly sum: string | undefined;
  readonly isClose: boolean;
}

async function statusOf(
  context: ClusterContext,
  kube: KubeApi,
  { name, inventory, sum, isClose }: Asked,
): Promise<AddonStatus> {
  const { signal, spec } = context;
  const ref = spec.addons.find((addon) => addon.name === name);
  const refs = inventory?.objects ?? [];
  const readiness = readinessOf(await context.catalogue(), ref);
  const { conditions, workloads } = await lookAtAddon(kube, { refs, readiness }, signal);
  const applied = sum !== undefined;
  const known = inventory === undefined ? [unknownTo(name)] : conditions;
  const missing = await missingOf(kube, refs, signal);
  return {
    ...{ name, enabled: ref !== undefined, version: inventory?.version ?? null },
    ...{ sha256: sum ?? null, applied },
    ready: applied && missing.length === 0 && known.every(({ met }) => met),
    ...{ conditions: known, images: imagesOf(workloads), missing },
    changed: isClose && applied ? await changedBy(context, kube, { name, sum }) : null,
  };
}

function readinessOf(catalogue: Catalogue, ref: AddonRef | undefined): readonly Readiness[] {
  return (ref && entryOf(catalogue, ref)?.conditions) ?? [];
}

async function missingOf(kube: KubeApi, refs: readonly ObjectRef[], signal: AbortSignal): Promise<readonly string[]> {
  const find = limitConcurrency(AT_ONCE, (one: ObjectRef) => findObject(kube, one, signal));
  // A Job may have gone when it was done.
  const lasting = refs.filter(({ kind }) => kind !== "Job");
  const found = await Promise.all(lasting.map(async (one) => ({ one, isThere: (await find(one)) !== undefined })));
  return found.filter(({ isThere }) => !isThere).map(({ one }) => describeObject(one));
}

function unknownTo(name: string): AddonCondition {
  return {
    ...{ id: "inventory-known", met: false },
    reason: `the cluster has no inventory of it (${inventoryPath(name).split("/").at(-1)}): alpine-k8s addons enable ${name}`,
  };
}

/** Fields that others own, of the manifest that was applied; null when that manifest is not at hand. */
async function changedBy(
  context: ClusterContext,
  kube: KubeApi,
  { name, sum }: { readonly name: string; readonly sum: string },
): Promise<readonly string[] | null> {
  const addon = await atHand(context, name);
  if (addon?.sha256 !== sum) return null;
  const found = await conflictsOf(kube, parseManifest(addon.text, name), context.signal);
  return found.flatMap(({ object, conflicts }) =>
    conflicts.map(({ manager, field }) => `${object}: ${field} belongs to ${manager}`),
  );
}

async function atHand(context: ClusterContext, name: string): Promise<Addon | undefined> {
  const planned = (await plannedAddons(context)).find(({ ref }) => ref.name === name);
  try {
    return planned === undefined ? undefined : await readAddon(context, planned, { offline: true });
  } catch {
    context.signal.throwIfAborted();
    return undefined;
  }
}

/** What the pods of these workloads run, each once. */
function imagesOf(workloads: readonly KubeObject[]): readonly string[] {
  const images = workloads.flatMap(({ spec }) => {
    const pod = fieldsOf(fieldsOf(fieldsOf(spec)["template"])["spec"]);
    const containers = [...groupsIn(pod["initContainers"]), ...groupsIn(pod["containers"])];
    return containers.flatMap(({ image }) => textOf(image) ?? []);
  });
  return [...new Set(images)];
}
