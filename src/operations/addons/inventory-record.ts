import { addonOf, INVENTORIES, inventoryIn, inventoryPath, type Inventory } from "../../addons/inventory/inventory.js";
import { retryWhileApiUnavailable } from "../../control-plane/retry-while-api-unavailable.js";
import type { ClusterContext } from "../../engine/context.js";
import type { KubeApi } from "../../kube/kube-api.js";

/** The inventory of an add-on in the cluster; nothing when it has none. */
export async function readInventory(
  context: ClusterContext,
  kube: KubeApi,
  addon: string,
): Promise<Inventory | undefined> {
  const found = await retryWhileApiUnavailable(context, () => kube.find(inventoryPath(addon), context.signal));
  return found === undefined ? undefined : inventoryIn(found);
}

/** All inventories by add-on, with one request. */
export async function readInventories(kube: KubeApi, signal: AbortSignal): Promise<ReadonlyMap<string, Inventory>> {
  const found = await kube.list(INVENTORIES, signal);
  return new Map(
    found.flatMap((object) => {
      const addon = addonOf(object);
      return addon === undefined ? [] : [[addon, inventoryIn(object)] as const];
    }),
  );
}
