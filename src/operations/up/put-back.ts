import type { Addon } from "../../addons/addon.js";
import { inventoryObject, inventoryRef } from "../../addons/inventory/inventory.js";
import { besidesDefinitions, refsIn, type ReadManifest } from "../../addons/inventory/refs-in.js";
import { parseManifest } from "../../addons/manifest.js";
import { connectApi } from "../../control-plane/connect-api.js";
import { applyWithRetry, retryWhileApiUnavailable } from "../../control-plane/retry-while-api-unavailable.js";
import type { ClusterContext } from "../../engine/context.js";
import { fileAction, overall, type Item } from "../../engine/item.js";
import { warn } from "../../engine/warn.js";
import { driftsOf, driftText, type Drift } from "../addons/drift.js";
import { keyOf } from "../addons/seen-objects.js";

/** By name of the add-on. */
export type Drifts = ReadonlyMap<string, Drift>;

const known = new WeakMap<Addon, Promise<ReadManifest>>();

/**
 * What an add-on brings, read once. Asked for early, it is read while nodes are waited for: that takes longer than to ask
 * the API for the objects. Throws `usage` for a manifest that is none.
 */
export function readOnce(addon: Addon): Promise<ReadManifest> {
  const reading = known.get(addon) ?? besidesDefinitions(addon.text, addon.name);
  // Whoever needs them gets the error.
  reading.catch(() => undefined);
  known.set(addon, reading);
  return reading;
}

/**
 * What others have done to the objects of these add-ons, which are applied. Warns of what cannot be put back. Changes
 * nothing. Throws the API's error.
 */
export async function lookForDrift(context: ClusterContext, addons: readonly Addon[]): Promise<Drifts> {
  if (addons.length === 0) return new Map();
  const kube = await connectApi(context, "prepared");
  const brought = new Map<string, ReadManifest>();
  for (const addon of addons) {
    const { refs, objects } = await readOnce(addon);
    brought.set(addon.name, { refs: [...refs, inventoryRef(addon.name)], objects });
  }
  const drifts = await retryWhileApiUnavailable(context, () => driftsOf(kube, brought, context.signal));
  for (const [name, { stuck }] of drifts)
    for (const why of stuck) warn(context, `${name}: somebody has changed an object, which cannot be put back: ${why}`);
  return drifts;
}

/** The item that puts back what others have deleted or changed of an add-on; none when that is nothing. */
export function putBackItems(name: string, drift: Drift | undefined): readonly Item[] {
  const text = drift === undefined ? "" : driftText(drift);
  return text === "" ? [] : [overall(actionOf(name), `put back of ${name}: ${text}`)];
}

/** Applies the objects of the drift as the add-on has them, if that is among the items. Says whether it was, and warns. */
export async function putBack(
  context: ClusterContext,
  addon: Addon,
  { items, drift }: { readonly items: readonly Item[]; readonly drift: Drift | undefined },
): Promise<boolean> {
  const { name, text, sha256, version = "" } = addon;
  const item = items.find(({ action }) => action === actionOf(name));
  if (item === undefined || drift === undefined) return false;
  const kube = await connectApi(context, "prepared");
  const wanted = new Set([...drift.missing, ...drift.changed].map(keyOf));
  const inventory = inventoryObject(name, { sha256, version, objects: refsIn(text, name) });
  const objects = [inventory, ...parseManifest(text, name)].filter((object) => wanted.has(keyOf(object)));
  await applyWithRetry(context, kube, objects);
  // Whoever has changed it will want to know.
  warn(context, item.text);
  return true;
}

function actionOf(name: string): string {
  return `put-back-${fileAction(name)}`;
}
