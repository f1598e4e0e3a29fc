import { networkManifest, networkManifestFile, otherManifest } from "../../../addons/network-manifest.js";
import { planAddons } from "../../../addons/plan.js";
import { AlpineK8sError } from "../../../base/errors.js";
import { holds, writeIfChanged } from "../../../base/files.js";
import type { ClusterContext } from "../../../engine/context.js";
import { fileAction, overall, type Item } from "../../../engine/item.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";

/** Fetches the manifests of all add-ons, verified and the network's patched, before any machine is made. */
export const fetchManifests: Step<ClusterContext> = {
  id: "fetch-manifests",
  title: "Fetch manifests",
  // What is at hand is known to the steps that come, whether anything is run or not.
  plan: async (context) => {
    const missing = await take(context, { offline: true });
    const { network } = context;
    const isKept = network === undefined || (await holds(networkManifestFile(context.paths), network.text));
    return [...missing.map(download), ...(isKept && !missing.includes(networkName(context)) ? [] : [KEEP])];
  },
  run: async (context, items) => {
    if (items.some(({ action }) => action !== KEEP.action)) await take(context, { offline: false });
    if (context.network) await writeIfChanged(networkManifestFile(context.paths), context.network.text);
  },
};

const KEEP = overall("network-yaml", "write the manifest of the network to network.yaml");

function download(name: string): Item {
  return overall(`download-${fileAction(name)}`, `download the manifest of ${name}`);
}

function networkName({ spec }: ClusterContext): string {
  return planAddons(spec).network?.name ?? "";
}

/** Reads the manifests that the context does not have yet; returns the names of those that are only to be had online. */
async function take(context: ClusterContext, how: { offline: boolean }): Promise<readonly string[]> {
  const missing: string[] = [];
  const orMissing = async (name: string, read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!how.offline || !(error instanceof AlpineK8sError) || error.kind !== "prerequisite") throw error;
      missing.push(name);
    }
  };
  const { network, others } = planAddons(context.spec);
  const order = others.map(({ name }) => name);
  for (const ref of others) {
    if (context.addons.some(({ name }) => name === ref.name)) continue;
    await orMissing(ref.name, async () => {
      const addons = [...context.addons, await otherManifest(context, ref, how)];
      context.addons = addons.sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
    });
  }
  if (network !== undefined && context.network === undefined) {
    await orMissing(network.name, async () => {
      const outcome = await networkManifest(context, how);
      context.network = outcome;
      for (const warning of outcome?.warnings ?? []) warn(context, warning);
    });
  }
  return missing;
}
