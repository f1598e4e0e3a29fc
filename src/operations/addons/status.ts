import { readAddon, type Addon } from "../../addons/addon.js";
import { demandEntry, entryOf, type Catalogue } from "../../addons/catalogue/catalogue.js";
import { plannedAddons } from "../../addons/plan.js";
import { inventoryPath, type Inventory } from "../../addons/inventory/inventory.js";
import type { Readiness } from "../../addons/catalogue/entry.js";
import type { ReadManifest } from "../../addons/inventory/refs-in.js";
import { parseManifest } from "../../addons/manifest.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { ClusterContext } from "../../engine/context.js";
import { result } from "../../engine/result.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";
import { fieldsOf, groupsIn, textOf } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { describeObject } from "../../kube/kube-object.js";
import { ADDRESS_ADDON } from "../../model/spec/addon-names.js";
import { addressAddon } from "../../model/spec/addons/shared-address.js";
import type { AddonRef } from "../../model/spec/cluster-spec.js";
import { lookingTools } from "../../nodes/looking-tools.js";
import { sumsOf, type AppliedSums } from "../up/applied-addons.js";
import { readOnce } from "../up/put-back.js";
import { conflictsOf } from "./conflicts.js";
import { driftsOf, type Drift } from "./drift.js";
import { readInventories } from "./inventory-record.js";
import { lookAtAddon, type AddonCondition } from "./readiness.js";
import { addressConditions, addressPods, imagesOfPods, releaseOf } from "./shared-address.js";

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

/** Looks at add-ons in the cluster, or at one of them more closely; changes nothing. Throws `usage` for an unknown name. */
export async function addonsStatus(input: RunInput & { readonly name: string | undefined }): Promise<AddonsStatus> {
  const looking = { ...input, tools: lookingTools(input.tools) };
  return withRun(looking, { command: "addons status", lock: false }, async ({ context }) => {
    const kube = await connectApi(context, "required");
    const inventories = await readInventories(kube, context.signal);
    const sums = await sumsOf(context, result());
    const drifts = await driftsOf(
      kube,
      await broughtBy(context, { inventories, sums, closely: input.name }),
      context.signal,
    );
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
      const one = { name, inventory: inventories.get(name), sum: sums[name], drift: drifts.get(name) ?? NO_DRIFT };
      addons.push(await statusOf(context, kube, { ...one, isClose: input.name !== undefined }));
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

const NO_DRIFT: Drift = { missing: [], changed: [], stuck: [] };

/** What the cluster says that add-ons have brought; of the one that is looked at closely, the fields, too. */
async function broughtBy(
  context: ClusterContext,
  {
    inventories,
    sums,
    closely,
  }: {
    readonly inventories: ReadonlyMap<string, Inventory>;
    readonly sums: AppliedSums;
    readonly closely: string | undefined;
  },
): Promise<ReadonlyMap<string, ReadManifest>> {
  const wanted = [...inventories].filter(([name]) => closely === undefined || name === closely);
  const brought = new Map<string, ReadManifest>();
  for (const [name, { objects: refs }] of wanted) {
    const addon = closely === undefined ? undefined : await asApplied(context, name, sums[name]);
    brought.set(name, { refs, objects: addon === undefined ? [] : (await readOnce(addon)).objects });
  }
  return brought;
}

interface Asked {
  readonly name: string;
  readonly inventory: Inventory | undefined;
  readonly sum: string | undefined;
  readonly drift: Drift;
  readonly isClose: boolean;
}

async function statusOf(
  context: ClusterContext,
  kube: KubeApi,
  { name, inventory, sum, drift, isClose }: Asked,
): Promise<AddonStatus> {
  const { signal, spec } = context;
  const ref = spec.addons.find((addon) => addon.name === name);
  const refs = inventory?.objects ?? [];
  const readiness = readinessOf(await context.catalogue(), ref);
  const { conditions, workloads } = await lookAtAddon(kube, { refs, readiness }, signal);
  const applied = sum !== undefined;
  const known = inventory === undefined ? [unknownTo(name)] : conditions;
  const missing = drift.missing.map(describeObject);
  return {
    ...{ name, enabled: ref !== undefined, version: inventory?.version ?? null },
    ...{ sha256: sum ?? null, applied },
    ready: applied && missing.length === 0 && known.every(({ met }) => met),
    ...{ conditions: known, images: imagesOf(workloads), missing },
    changed: isClose && applied ? await changedBy(context, kube, { name, sum, drift }) : null,
  };
}

function readinessOf(catalogue: Catalogue, ref: AddonRef | undefined): readonly Readiness[] {
  return (ref && entryOf(catalogue, ref)?.conditions) ?? [];
}

function unknownTo(name: string): AddonCondition {
  return {
    ...{ id: "inventory-known", met: false },
    reason: `the cluster has no inventory of it (${inventoryPath(name).split("/").at(-1)}): alpine-k8s addons enable ${name}`,
  };
}

/**
 * Fields that others own, of the manifest that was applied, and objects that are changed without that anybody owns it; null
 * when that manifest is not at hand.
 */
async function changedBy(
  context: ClusterContext,
  kube: KubeApi,
  { name, sum, drift }: Pick<Asked, "name" | "sum" | "drift">,
): Promise<readonly string[] | null> {
  const addon = await asApplied(context, name, sum);
  if (addon === undefined) return null;
  const found = await conflictsOf(kube, parseManifest(addon.text, name), context.signal);
  const owned = found.flatMap(({ object, conflicts }) =>
    conflicts.map(({ manager, field }) => `${object}: ${field} belongs to ${manager}`),
  );
  const others = drift.changed.map(describeObject).filter((one) => found.every(({ object }) => object !== one));
  return [...owned, ...others.map((one) => `${one}: it is not as it was applied`), ...drift.stuck];
}

/** The add-on as the spec has it, if that is what was applied and it is at hand. */
async function asApplied(context: ClusterContext, name: string, sum: string | undefined): Promise<Addon | undefined> {
  const planned = (await plannedAddons(context)).find(({ ref }) => ref.name === name);
  if (planned === undefined || sum === undefined) return undefined;
  try {
    const addon = await readAddon(context, planned, { offline: true });
    return addon.sha256 === sum ? addon : undefined;
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
