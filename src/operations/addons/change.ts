import { basename } from "node:path";
import { entryOf } from "../../addons/catalogue/catalogue.js";
import { plannedAddons } from "../../addons/plan.js";
import { AlpineK8sError } from "../../base/errors.js";
import type { ClusterContext } from "../../engine/context.js";
import type { Plan } from "../../engine/item.js";
import { result } from "../../engine/result.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { warn } from "../../engine/warn.js";
import { withRun, type Run } from "../../engine/with-run.js";
import { describeObject, type ObjectRef } from "../../kube/kube-object.js";
import type { AddonRef } from "../../model/spec/cluster-spec.js";
import { putAddon } from "../../model/spec/addons/edit-addons.js";
import { isAddressAddon } from "../../model/spec/addons/shared-address.js";
import { parseSpec } from "../../model/spec/parse-spec.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { addressSteps } from "./address-steps.js";
import { remarksOn } from "./catalogue-entry.js";
import type { Change, ChangeInput } from "./change-context.js";
import { applyAddOn } from "./steps/apply-add-on.js";
import { checkConflicts } from "./steps/check-conflicts.js";
import { fetchManifest } from "./steps/fetch-manifest.js";
import { waitUntilReady } from "./steps/wait-until-ready.js";
import { writeSpec } from "./steps/write-spec.js";

/** What `addons enable` or `addons upgrade` did; the shape of their `-o json`, documented in docs/json.md. */
export interface AddonChanged {
  readonly cluster: string;
  readonly addon: string;
  /** The release; null for a manifest of the user's own. */
  readonly version: string | null;
  readonly sha256: string;
  readonly spec: "changed" | "unchanged";
  /** False when it had been applied as it is. */
  readonly applied: boolean;
  /** Objects that the release before had brought and that were deleted, and those of them that stay, with the reason. */
  readonly removed: readonly string[];
  readonly kept: readonly string[];
  /** Null when that was not waited for. */
  readonly ready: true | null;
  readonly warnings: readonly string[];
}

/** Makes an add-on of the spec as `refOf` says: downloaded, written into the spec, applied, and waited for. */
export async function changeAddon(
  input: ChangeInput,
  verb: string,
  refOf: (context: ClusterContext) => Promise<AddonRef>,
): Promise<AddonChanged> {
  const options = { command: verb, subject: input.name, lock: true };
  return withRun(input, options, (run) =>
    withChange(input, { run, verb, refOf }, async (context, change) => {
      await runSteps(changeSteps(change), context);
      return summaryOf(context, change);
    }),
  );
}

/** What {@link changeAddon} would do now. Changes nothing; refuses what that refuses. */
export async function planChange(
  input: ChangeInput,
  verb: string,
  refOf: (context: ClusterContext) => Promise<AddonRef>,
): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  return withRun(planning, { command: verb, lock: false, isDryRun: true }, (run) =>
    withChange(planning, { run, verb, refOf }, async (context, change) => {
      const steps = await planSteps(changeSteps(change), context);
      return { command: verb, cluster: context.identity.name, steps };
    }),
  );
}

/** The conflicts are looked for before anything is written: fields that others keep change nothing at all. */
function changeSteps(change: Change): readonly Step<ClusterContext>[] {
  if (isAddressAddon(change.planned.ref)) return addressSteps(change);
  return [
    fetchManifest(change),
    checkConflicts(change),
    writeSpec(change.edit),
    applyAddOn(change),
    waitUntilReady(change),
  ];
}

async function withChange<T>(
  input: ChangeInput,
  { run, verb, refOf }: { run: Run; verb: string; refOf: (context: ClusterContext) => Promise<AddonRef> },
  body: (context: ClusterContext, change: Change) => Promise<T>,
): Promise<T> {
  const { paths, identity } = run.context;
  const { name: folderName, kubernetesVersion } = identity;
  const file = { text: run.specText, source: basename(paths.spec), folderName, kubernetesVersion };
  const ref = await refOf(run.context);
  const after = putAddon(file, ref);
  const spec = parseSpec({ ...file, text: after, overrides: {} });
  return run.withSpec(spec, async (context) => {
    const planned = isAddressAddon(ref)
      ? { ref, isNetwork: false }
      : (await plannedAddons(context)).find((one) => one.ref.name === ref.name);
    if (planned === undefined)
      throw new AlpineK8sError("bug", `${ref.name} is not in the spec that was written for it`);
    const entry = entryOf(await context.catalogue(), ref);
    for (const remark of entry === undefined ? [] : remarksOn(entry)) warn(context, remark);
    return body(context, {
      ...{ planned, input, command: `${verb} ${ref.name}` },
      edit: { before: run.specText, after, what: `write ${ref.name} into ${file.source}` },
      ...{ addon: result(), record: result(), removed: result(), drift: result() },
    });
  });
}

function summaryOf(context: ClusterContext, { addon, edit, removed, input, planned }: Change): AddonChanged {
  const { going = [], staying = [] } = removed.value ?? {};
  const words = ({ ref }: { readonly ref: ObjectRef }): string => describeObject(ref);
  return {
    cluster: context.identity.name,
    addon: planned.ref.name,
    version: addon.value?.version ?? null,
    sha256: addon.value?.sha256 ?? "",
    spec: edit.before === edit.after ? "unchanged" : "changed",
    applied: removed.value !== undefined,
    removed: going.map(words),
    kept: staying.map((one) => `${words(one)} ${one.why}`),
    ready: input.timeout === undefined ? null : true,
    warnings: context.report.warnings,
  };
}
