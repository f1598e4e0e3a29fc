import { checkWithCatalogue } from "../../addons/check-spec.js";
import { readAddon, type Addon } from "../../addons/addon.js";
import { plannedAddons } from "../../addons/plan.js";
import { messageOf } from "../../base/errors.js";
import type { ClusterContext } from "../../engine/context.js";
import type { Plan } from "../../engine/item.js";
import type { NewFile } from "../../engine/read-cluster.js";
import type { RunInput } from "../../engine/run-input.js";
import { unwrittenLog } from "../../engine/run-log.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { withRun } from "../../engine/with-run.js";
import type { SpecOverrides } from "../../model/spec/parse-spec.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { writeIdentity } from "../up/steps/write-identity.js";
import { keepManifests, planKeptManifests } from "./keep-manifests.js";
import { compareFolder, fileNames, renderFolder, renderItem, type RenderOutcome } from "./render-folder.js";
import { planServingPems, writeServingPems } from "./serving-pems.js";

export interface RenderCommandInput extends RunInput {
  readonly overrides: SpecOverrides;
  readonly force: boolean;
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
  return withRun(offline(input), { command: "render", lock: true, mayBeNew: true }, async ({ context, newFiles }) => {
    checkWithCatalogue(context.spec, await context.catalogue());
    const done = nothingDone();
    // It changes the folder alone, and what it has written is all that there is to know: it leaves no log.
    const log = unwrittenLog(context.paths.logs);
    await runSteps(renderSteps(newFiles, input.force, done), { ...context, log });
    return {
      cluster: context.identity.name,
      written: names(done.written),
      edited: names(done.edited),
      backups: names(done.backups),
    };
  });
}

/** What {@link renderCluster} would do now. Writes nothing, and makes no key. */
export async function planRender(input: RenderCommandInput): Promise<Plan> {
  const planning = offline({ ...input, tools: planningTools(input.tools, { bringsUp: true }) });
  const options = { command: "render", lock: false, mayBeNew: true, isDryRun: true };
  return withRun(planning, options, async ({ context, newFiles }) => {
    checkWithCatalogue(context.spec, await context.catalogue());
    const steps = await planSteps(renderSteps(newFiles, input.force, nothingDone()), context);
    return { command: "render", cluster: context.identity.name, steps };
  });
}

/** Asks neither Vagrant nor a host for what the spec does not say. */
function offline(input: RenderCommandInput): RenderCommandInput {
  const { tools } = input;
  return {
    ...input,
    tools: {
      ...tools,
      discoverDefaults: (asked) => tools.discoverDefaults({ ...asked, offline: true }),
      catalogueFile: (asked) => tools.catalogueFile({ ...asked, offline: true }),
    },
  };
}

type Done = { -readonly [Key in keyof RenderOutcome]: RenderOutcome[Key] };

const nothingDone = (): Done => ({ written: [], edited: [], backups: [] });

/** The steps of `up` that write the folder, without a download; what became of the files is noted in `done`. */
function renderSteps(newFiles: readonly NewFile[], force: boolean, done: Done): readonly Step<ClusterContext>[] {
  return [writeIdentity(newFiles), renderFiles(force, done), keepManifest()];
}

function renderFiles(force: boolean, done: Done): Step<ClusterContext> {
  return {
    id: "render-files",
    title: "Render files",
    plan: async (context) => {
      const { paths, spec, topology, proxyCa } = context;
      const { changes, edited } = await compareFolder({ paths, spec, topology, proxyCa, force });
      done.edited = edited;
      return [...changes.map(renderItem), ...(await planServingPems(context))];
    },
    run: async (context) => {
      const { paths, spec, topology, proxyCa } = context;
      Object.assign(done, await renderFolder({ paths, spec, topology, proxyCa, force }));
      await writeServingPems(context);
    },
  };
}

/** Keeps the manifests for plain Vagrant, unless one would have to be downloaded: they are left for `up`. */
function keepManifest(): Step<ClusterContext> {
  let addons: readonly Addon[] | undefined;
  return {
    id: "fetch-manifests",
    title: "Fetch manifests",
    plan: async (context) => {
      addons = await addonsAtHand(context);
      return addons === undefined ? [] : planKeptManifests(addons, context.paths);
    },
    run: async ({ paths }) => {
      if (addons !== undefined) await keepManifests(addons, paths);
    },
  };
}

async function addonsAtHand(context: ClusterContext): Promise<readonly Addon[] | undefined> {
  const addons: Addon[] = [];
  for (const planned of await plannedAddons(context)) {
    try {
      addons.push(await readAddon(context, planned, { offline: true }));
    } catch (error) {
      context.progress.warn(`the manifest of ${planned.ref.name} is not rendered: ${messageOf(error)}`);
      if (planned.isNetwork) return undefined;
    }
  }
  return addons;
}

const names = (files: readonly string[]): string[] => files.map((file) => fileNames([file]));
