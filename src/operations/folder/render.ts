import { writeAtomically, writeIfChanged } from "../../base/files.js";
import { clusterPaths } from "../../base/paths.js";
import type { Progress } from "../../base/progress.js";
import type { SpecOverrides } from "../../model/spec/parse-spec.js";
import { messageOf } from "../../base/errors.js";
import type { Tools } from "../../engine/tools.js";
import { withLock } from "../../engine/lock.js";
import { networkManifest, networkManifestFile } from "../../addons/network-manifest.js";
import { checkSpec, planCluster } from "../../engine/read-cluster.js";
import { fileNames, renderFolder } from "./render-folder.js";

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

async function renderLocked(input: RenderCommandInput): Promise<RenderSummary> {
  const { folder, tools, signal, progress } = input;
  const paths = clusterPaths(folder);
  const plan = await planCluster({
    folder,
    overrides: input.overrides,
    discoverDefaults: (spec) =>
      tools.discoverDefaults({ folder, spec, signal, offline: true, onPinned: () => undefined }),
  });
  for (const file of plan.newFiles) await writeAtomically(file.path, file.content, file.mode);
  const { spec, topology } = plan;
  const outcome = await renderFolder({ paths, spec, topology, force: input.force });
  try {
    const network = await networkManifest({ paths, spec, topology, tools, signal }, { offline: true });
    if (network !== undefined) await writeIfChanged(networkManifestFile(paths), network.text);
  } catch (error) {
    progress.warn(`the network manifest is not rendered: ${messageOf(error)}`);
  }
  return {
    cluster: plan.identity.name,
    written: names(outcome.written),
    edited: names(outcome.edited),
    backups: names(outcome.backups),
  };
}

const names = (files: readonly string[]): string[] => files.map((file) => fileNames([file]));
