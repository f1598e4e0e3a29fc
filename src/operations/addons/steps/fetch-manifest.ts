import { networkManifestFile, readAddon, type Addon } from "../../../addons/addon.js";
import { AlpineK8sError } from "../../../base/errors.js";
import { holds, writeIfChanged } from "../../../base/files.js";
import type { ClusterContext } from "../../../engine/context.js";
import { fileAction, overall } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";
import type { Change } from "../change-context.js";

const KEEP = overall("network-yaml", "write the manifest of the network to network.yaml");

/** Fetches the manifest of one add-on, verified and fitted to the cluster, before anything is changed. */
export function fetchManifest({ planned, addon }: Pick<Change, "planned" | "addon">): Step<ClusterContext> {
  const { name } = planned.ref;
  const download = overall(`download-${fileAction(name)}`, `download the manifest of ${name}`);
  const isKept = async ({ paths }: ClusterContext, { isNetwork, text }: Addon): Promise<boolean> =>
    !isNetwork || (await holds(networkManifestFile(paths), text));
  return {
    id: "fetch-manifest",
    title: "Fetch the manifest",
    plan: async (context) => {
      const found = await ifAtHand(context, planned);
      if (found === undefined) return [download, ...(planned.isNetwork ? [KEEP] : [])];
      addon.give(found);
      return (await isKept(context, found)) ? [] : [KEEP];
    },
    run: async (context) => {
      const found = addon.value ?? (await readAddon(context, planned, { offline: false }));
      addon.give(found);
      for (const warning of found.warnings) warn(context, warning);
      if (found.isNetwork) await writeIfChanged(networkManifestFile(context.paths), found.text);
    },
  };
}

/** Nothing when it is only to be had online. */
async function ifAtHand(context: ClusterContext, planned: Change["planned"]): Promise<Addon | undefined> {
  try {
    return await readAddon(context, planned, { offline: true });
  } catch (error) {
    if (!(error instanceof AlpineK8sError) || error.kind !== "prerequisite") throw error;
    return undefined;
  }
}
