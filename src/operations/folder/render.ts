import { basename } from "node:path";
import { fileAction, overall, type Plan } from "../../engine/item.js";
import { holds, writeAtomically, writeIfChanged } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import type { Progress } from "../../base/progress.js";
import type { SpecOverrides } from "../../model/spec/parse-spec.js";
import { messageOf } from "../../base/errors.js";
import type { Tools } from "../../engine/tools.js";
import { withLock } from "../../engine/lock.js";
import { networkManifest, networkManifestFile, type NetworkManifest } from "../../addons/network-manifest.js";
import { checkSpec, planCluster, type Plan as ClusterPlan } from "../../engine/read-cluster.js";
import { compareFolder, fileNames, renderFolder, renderItem } from "./render-folder.js";

export interface RenderCommandInput {
  readonly folder: string;
  readonly overrides: SpecOverrides;
  readonly force: boolean;
  readonly tools: Tools;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The shape of `render -o json`. */
export interface RenderSummary {
  readonly cluster: string;
  readonly written: readonly string[];
  readonly edited: readonly string[];
  readonly backups: readonly string[];
}

/**
 * Makes everything that plain `vagrant up` needs in the folder, without Vagrant and without a network. A network
 * manifest that is neither a file nor in the cache is left for `up`, with a warning.
 */
export async function renderCluster(input: RenderCommandInput): Promise<RenderSummary> {
  const { folder } = input;
  const paths = clusterPaths(folder);
  await checkSpec(folder, input.overrides);
  return withLock(paths.lock, "alpine-k8s render", () => renderLocked(input));
}

/** What {@link renderCluster} would do now. Writes nothing, and makes no key. */
export async function planRender(input: RenderCommandInput): Promise<Plan> {
  await checkSpec(input.folder, input.overrides);
  const { paths, spec, topology, proxyCa, newFiles, identity } = await clusterOf(input, true);
  const { changes } = await compareFolder({ paths, spec, topology, proxyCa, force: input.force });
  const network = await networkAtHand(input, { paths, spec, topology, proxyCa });
  const isKept = network === undefined || (await holds(networkManifestFile(paths), network.text));
  const write = newFiles.map(({ path }) => overall(fileAction(basename(path)), `write ${basename(path)}`));
  return {
    command: "render",
    cluster: identity.name,
    steps: [
      { id: "write-identity", title: "Pin the cluster's identity", items: write },
      { id: "render-files", title: "Render files", items: changes.map(renderItem) },
      {
        id: "fetch-manifests",
        title: "Fetch manifests",
        items: isKept ? [] : [overall("network-yaml", "write the manifest of the network to network.yaml")],
      },
    ],
  };
}

function clusterOf({ folder, overrides, tools, signal }: RenderCommandInput, isDryRun: boolean): Promise<ClusterPlan> {
  return planCluster({
    ...{ folder, overrides, isDryRun },
    discoverDefaults: (spec) =>
      tools.discoverDefaults({ folder, spec, signal, offline: true, onPinned: () => undefined }),
  });
}

/** The network manifest, unless it would have to be downloaded: that is left for `up`, with a warning. */
async function networkAtHand(
  { tools, signal, progress }: RenderCommandInput,
  cluster: Pick<ClusterPlan, "paths" | "spec" | "topology" | "proxyCa">,
): Promise<NetworkManifest | undefined> {
  try {
    return await networkManifest({ ...cluster, tools, signal }, { offline: true });
  } catch (error) {
    progress.warn(`the network manifest is not rendered: ${messageOf(error)}`);
    return undefined;
  }
}

async function renderLocked(input: RenderCommandInput): Promise<RenderSummary> {
  const plan = await clusterOf(input, false);
  for (const file of plan.newFiles) await writeAtomically(file.path, file.content, file.mode);
  const { paths, spec, topology, proxyCa } = plan;
  const outcome = await renderFolder({ paths, spec, topology, proxyCa, force: input.force });
  const network = await networkAtHand(input, { paths, spec, topology, proxyCa });
  if (network !== undefined) await writeIfChanged(networkManifestFile(paths), network.text);
  return {
    cluster: plan.identity.name,
    written: names(outcome.written),
    edited: names(outcome.edited),
    backups: names(outcome.backups),
  };
}

const names = (files: readonly string[]): string[] => files.map((file) => fileNames([file]));
