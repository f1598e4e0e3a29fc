import { networkOf, readAddon, type Addon } from "../../../addons/addon.js";
import { plannedAddons, type PlannedAddon } from "../../../addons/plan.js";
import { AlpineK8sError } from "../../../base/errors.js";
import { demandAddressRelease } from "../../../control-plane/shared-address/carry-address.js";
import type { ClusterContext } from "../../../engine/context.js";
import { fileAction, overall, type Item } from "../../../engine/item.js";
import type { OwnResult } from "../../../engine/result.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";
import { readOnce } from "../put-back.js";
import { keeping, keepManifests, planKeptManifests } from "../../folder/keep-manifests.js";

/** Fetches the manifests of all add-ons, verified and fitted to the cluster, before any machine is made. */
export function fetchManifests(fetched: OwnResult<readonly Addon[]>): Step<ClusterContext> {
  return {
    id: "fetch-manifests",
    title: "Fetch manifests",
    // What is at hand is known to the steps that come, whether anything is run or not.
    plan: async (context) => {
      await demandAddressRelease(context);
      const { addons, missing } = await read(context, fetched.value, { offline: true });
      fetched.give(addons);
      if (missing.length === 0) return planKeptManifests(addons, context.paths);
      const others = missing.some(({ isNetwork }) => !isNetwork) ? [keeping("addons.yaml")] : [];
      const network = networkOf(missing) === undefined ? [] : [keeping("network.yaml")];
      return [...missing.map(({ ref }) => download(ref.name)), ...network, ...others];
    },
    run: async (context) => {
      const { addons } = await read(context, fetched.value, { offline: false });
      fetched.give(addons);
      await keepManifests(addons, context.paths);
      for (const addon of addons) void readOnce(addon);
    },
  };
}

function download(name: string): Item {
  return overall(`download-${fileAction(name)}`, `download the manifest of ${name}`);
}

interface Read {
  /** In the order in which they are applied. */
  readonly addons: readonly Addon[];
  /** Those that are only to be had online. */
  readonly missing: readonly PlannedAddon[];
}

/** Reads the manifests that are not known yet. */
async function read(
  context: ClusterContext,
  known: readonly Addon[] = [],
  how: { readonly offline: boolean },
): Promise<Read> {
  const addons: Addon[] = [];
  const missing: PlannedAddon[] = [];
  for (const planned of await plannedAddons(context)) {
    const kept = known.find(({ name }) => name === planned.ref.name);
    const found = kept ?? (await readIfAtHand(context, planned, how));
    if (found === undefined) missing.push(planned);
    else addons.push(found);
  }
  return { addons, missing };
}

/** Nothing when it is only to be had online, and that is not wanted. */
async function readIfAtHand(
  context: ClusterContext,
  planned: PlannedAddon,
  how: { readonly offline: boolean },
): Promise<Addon | undefined> {
  try {
    const addon = await readAddon(context, planned, how);
    for (const warning of addon.warnings) warn(context, warning);
    return addon;
  } catch (error) {
    if (!how.offline || !(error instanceof AlpineK8sError) || error.kind !== "prerequisite") throw error;
    return undefined;
  }
}
