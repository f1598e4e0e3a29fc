import type { Inventory } from "../../addons/inventory/inventory.js";
import { messageOf } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import type { RunInput } from "../../engine/run-input.js";
import type { KubeApi } from "../../kube/kube-api.js";
import { readCredentials } from "../../kubeconfig/read-credentials.js";
import { ADDRESS_ADDON } from "../../model/spec/addon-names.js";
import { readInventories } from "./inventory-record.js";
import { addressPods, releaseOf } from "./shared-address.js";

/** Milliseconds for the API to take a connection: this is only a look. */
const ACCEPT = 100;
/** Milliseconds for its answer. */
const ANSWER = 3_000;

/** The address of all masters is in no inventory: the API only has mirrors of its pods. */
async function withAddress(
  kube: KubeApi,
  known: ReadonlyMap<string, Inventory>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Inventory>> {
  const version = (await addressPods(kube, signal)).map(releaseOf).find((one) => one !== undefined);
  if (version === undefined) return known;
  return new Map([...known, [ADDRESS_ADDON, { sha256: "", version, objects: [] }]]);
}

/**
 * The inventories of what runs, or why nobody knows them. The API is only asked where it answers from here at once.
 * `hasAddress` says whether masters carry the API's address, which is in none of them.
 */
export async function inventoriesOf(
  { folder, tools, signal }: RunInput,
  hasAddress: boolean,
): Promise<ReadonlyMap<string, Inventory> | string> {
  const { adminConfig, caCertificate } = clusterPaths(folder);
  const config = await readIfExists(adminConfig);
  if (config === undefined) return "there is no admin.config to ask the API with: alpine-k8s up";
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER)]);
  try {
    // One of another cluster would tell of that one.
    const ca = await readIfExists(caCertificate);
    if (readCredentials(config).ca.trim() !== ca?.trim()) return "admin.config is not this cluster's: alpine-k8s up";
    const asked = { adminConfig: config, through: undefined, signal: limit, acceptTimeout: ACCEPT };
    const kube = await tools.kube(asked);
    try {
      const known = await readInventories(kube, limit);
      return hasAddress ? await withAddress(kube, known, limit) : known;
    } finally {
      kube.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    return `the API was not asked: ${messageOf(error)}`;
  }
}
