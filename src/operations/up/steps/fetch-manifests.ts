import {
  networkManifest,
  networkManifestFile,
  otherManifest,
  type AddonManifest,
  type Manifests,
} from "../../../addons/network-manifest.js";
import { planAddons } from "../../../addons/plan.js";
import { AlpineK8sError } from "../../../base/errors.js";
import { holds, writeIfChanged } from "../../../base/files.js";
import type { ClusterContext } from "../../../engine/context.js";
import { fileAction, overall, type Item } from "../../../engine/item.js";
import type { OwnResult } from "../../../engine/result.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";

/** Fetches the manifests of all add-ons, verified and the network's patched, before any machine is made. */
export function fetchManifests(fetched: OwnResult<Manifests>): Step<ClusterContext> {
  return {
    id: "fetch-manifests",
    title: "Fetch manifests",
    // What is at hand is known to the steps that come, whether anything is run or not.
    plan: async (context) => {
      const { manifests, missing } = await read(context, fetched.value, { offline: true });
      fetched.give(manifests);
      const { network } = manifests;
      const isKept = network === undefined || (await holds(networkManifestFile(context.paths), network.text));
      return [...missing.map(download), ...(isKept && !missing.includes(networkName(context)) ? [] : [KEEP])];
    },
    run: async (context, items) => {
      if (items.some(({ action }) => action !== KEEP.action))
        fetched.give((await read(context, fetched.value, { offline: false })).manifests);
      const { network } = fetched.value ?? {};
      if (network) await writeIfChanged(networkManifestFile(context.paths), network.text);
    },
  };
}

const KEEP = overall("network-yaml", "write the manifest of the network to network.yaml");

function download(name: string): Item {
  return overall(`download-${fileAction(name)}`, `download the manifest of ${name}`);
}

function networkName({ spec }: ClusterContext): string {
  return planAddons(spec).network?.name ?? "";
}

interface Read {
  readonly manifests: Manifests;
  /** Names of those that are only to be had online. */
  readonly missing: readonly string[];
}

/** Reads the manifests that are not known yet. */
async function read(context: ClusterContext, known: Manifests | undefined, how: { offline: boolean }): Promise<Read> {
  const missing: string[] = [];
  const orMissing = async <T>(name: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (!how.offline || !(error instanceof AlpineK8sError) || error.kind !== "prerequisite") throw error;
      missing.push(name);
      return undefined;
    }
  };
  const wanted = planAddons(context.spec);
  const others: AddonManifest[] = [];
  for (const ref of wanted.others) {
    const kept = known?.others.find(({ name }) => name === ref.name);
    const found = kept ?? (await orMissing(ref.name, () => otherManifest(context, ref, how)));
    if (found !== undefined) others.push(found);
  }
  if (wanted.network === undefined || known?.network !== undefined)
    return { manifests: { network: known?.network, others }, missing };
  const network = await orMissing(wanted.network.name, () => networkManifest(context, how));
  for (const warning of network?.warnings ?? []) warn(context, warning);
  return { manifests: { network, others }, missing };
}
