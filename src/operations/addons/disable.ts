import { basename } from "node:path";
import { networkOf } from "../../addons/addon.js";
import { demandEntry, entryOf } from "../../addons/catalogue/catalogue.js";
import { plannedAddons } from "../../addons/plan.js";
import { AlpineK8sError } from "../../base/errors.js";
import { connectApi } from "../../control-plane/connect-api.js";
import type { ClusterContext } from "../../engine/context.js";
import type { Plan } from "../../engine/item.js";
import { result } from "../../engine/result.js";
import type { RunInput } from "../../engine/run-input.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { withRun, type Run } from "../../engine/with-run.js";
import { describeObject } from "../../kube/kube-object.js";
import { addressAddon } from "../../model/spec/addons/shared-address.js";
import { parseSpec } from "../../model/spec/parse-spec.js";
import { dropAddon } from "../../model/spec/addons/edit-addons.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { sumsOf } from "../up/applied-addons.js";
import { readInventory } from "./inventory-record.js";
import type { Disabling } from "./disabling.js";
import { dropAddressSteps } from "./address-steps.js";
import { deleteObjects, forgetAddOn } from "./steps/delete-objects.js";
import { writeSpec } from "./steps/write-spec.js";

export interface DisableInput extends RunInput {
  readonly name: string;
  /** Deletes definitions, claims and namespaces, too, and the data with them. */
  readonly withData: boolean;
  /** Milliseconds for the objects to be gone, part by part. */
  readonly timeout: number;
  /** Asks the user; the question says what would be done. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** What `addons disable` did; the shape of its `-o json`, documented in docs/json.md. */
export interface AddonDisabled {
  readonly cluster: string;
  readonly addon: string;
  readonly spec: "changed" | "unchanged";
  readonly removed: readonly string[];
  /** Objects that stay, with the reason. */
  readonly kept: readonly string[];
  /** What else stays, in the words of the catalogue. */
  readonly stays: readonly string[];
  readonly warnings: readonly string[];
}

const VERB = "addons disable";

/**
 * Takes an add-on out of the spec and deletes what its inventory lists and is still ours. Can be run again after any
 * interruption. Throws `usage` for the pod network and for what another add-on needs, `declined` when the user says no.
 */
export async function disableAddon(input: DisableInput): Promise<AddonDisabled> {
  const { name, withData, confirm } = input;
  return withRun(input, { command: VERB, subject: name, lock: true }, async (run) => {
    const { context } = run;
    const disabling = await lookFirst(input, run);
    if (disabling.isThere) {
      const data = withData ? ", and all its data" : "";
      const question = `Take the add-on ${name} out of cluster ${context.identity.name}${data}?`;
      if (!(await confirm(question))) throw new AlpineK8sError("declined", "nothing was changed");
    }
    await runSteps(stepsOf(disabling), context);
    const entry = disabling.isThere ? (await context.catalogue()).find(name) : undefined;
    return { ...summaryOf(context, disabling), stays: entry?.keeps ?? [] };
  });
}

/** What {@link disableAddon} would do now; refuses what that refuses. */
export async function planDisable(input: Omit<DisableInput, "confirm">): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  return withRun(planning, { command: VERB, lock: false, isDryRun: true }, async (run) => {
    const steps = await planSteps(stepsOf(await lookFirst(planning, run)), run.context);
    return { command: VERB, cluster: run.context.identity.name, steps };
  });
}

function stepsOf(disabling: Disabling): readonly Step<ClusterContext>[] {
  if (disabling.withoutAddress !== undefined) return dropAddressSteps(disabling, disabling.withoutAddress);
  return [writeSpec(disabling.edit), deleteObjects(disabling), forgetAddOn(disabling)];
}

async function lookFirst(
  input: Omit<DisableInput, "confirm">,
  { context, specText, withSpec }: Omit<Run, "newFiles">,
): Promise<Disabling> {
  const { name, withData, timeout } = input;
  await refuse(context, name);
  if (addressAddon(context.spec)?.name === name) return withoutAddress(input, { context, specText, withSpec });
  const { spec, paths, identity } = context;
  const { name: folderName, kubernetesVersion } = identity;
  const file = { text: specText, source: basename(paths.spec), folderName, kubernetesVersion };
  const after = dropAddon(file, name);
  const record = result<Awaited<ReturnType<typeof sumsOf>>>();
  const kube = await connectApi(context, "required");
  const sums = await sumsOf(context, record);
  const inventory = await readInventory(context, kube, name);
  const ref = spec.addons.find((addon) => addon.name === name);
  const isThere = ref !== undefined || inventory !== undefined || sums[name] !== undefined;
  // A typing error is not something that is disabled already.
  if (!isThere) demandEntry(await context.catalogue(), name);
  return {
    ...{ name, withData, timeout, isThere, record, inventory },
    edit: { before: specText, after, what: `take ${name} out of ${file.source}` },
    ...{ looked: result(), staying: result() },
  };
}

/** The address of all masters is on nodes, and in no inventory. */
function withoutAddress(
  { name, timeout }: Omit<DisableInput, "confirm">,
  { context, specText, withSpec }: Omit<Run, "newFiles">,
): Disabling {
  const { paths, identity } = context;
  const { name: folderName, kubernetesVersion } = identity;
  const file = { text: specText, source: basename(paths.spec), folderName, kubernetesVersion };
  const after = dropAddon(file, name);
  const spec = parseSpec({ ...file, text: after, overrides: {} });
  return {
    ...{ name, withData: false, timeout, isThere: true, record: result(), inventory: undefined },
    edit: { before: specText, after, what: `take ${name} out of ${file.source}` },
    ...{ looked: result(), staying: result() },
    withoutAddress: (body) => withSpec(spec, body),
  };
}

async function refuse(context: ClusterContext, name: string): Promise<void> {
  const catalogue = await context.catalogue();
  if (networkOf(await plannedAddons(context))?.ref.name === name) {
    throw new AlpineK8sError("usage", `${name} is the cluster's only pod network: without it no pod starts`, {
      hints: ["it goes with the cluster: alpine-k8s destroy"],
    });
  }
  const users = context.spec.addons.filter(
    (addon) => addon.name !== name && entryOf(catalogue, addon)?.needs.includes(name) === true,
  );
  if (users.length === 0) return;
  throw new AlpineK8sError("usage", `${users.map((addon) => addon.name).join(" and ")} cannot do without ${name}`, {
    hints: users.map((addon) => `alpine-k8s addons disable ${addon.name}`),
  });
}

function summaryOf(context: ClusterContext, disabling: Disabling): Omit<AddonDisabled, "stays"> {
  const { name, edit, looked, staying } = disabling;
  const left = staying.value ?? [];
  const isLeft = (path: string): boolean => left.some(({ ref }) => describeObject(ref) === path);
  const removed = (looked.value?.going ?? []).map(({ ref }) => describeObject(ref)).filter((text) => !isLeft(text));
  const kept = [...(looked.value?.staying ?? []), ...left];
  return {
    cluster: context.identity.name,
    addon: name,
    spec: edit.before === edit.after ? "unchanged" : "changed",
    removed,
    kept: kept.map(({ ref, why }) => `${describeObject(ref)} ${why}`),
    warnings: context.report.warnings,
  };
}
