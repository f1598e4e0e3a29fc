import { appendFile } from "node:fs/promises";
import type { SpecOverrides } from "../../model/spec/parse-spec.js";
import type { Addon } from "../../addons/addon.js";
import { checkAddon } from "../../addons/addon-manifest.js";
import { entryOf } from "../../addons/catalogue/catalogue.js";
import { checkWithCatalogue } from "../../addons/check-spec.js";
import { messageOf } from "../../base/errors.js";
import type { MadeMaster } from "../../control-plane/make-master.js";
import type { ClusterContext } from "../../engine/context.js";
import { checkIdentityFiles } from "../../machines/hosts-machines.js";
import { result } from "../../engine/result.js";
import { planSteps, runSteps, type Step, type StepTiming } from "../../engine/step.js";
import type { AppliedSums } from "./applied-addons.js";
import type { Drifts } from "./put-back.js";
import { applyAddons } from "./steps/apply-addons.js";
import { applyNetwork } from "./steps/apply-network.js";
import { checkPrerequisites } from "./steps/check-prerequisites.js";
import { compareWithSpec } from "./steps/compare-with-spec.js";
import { findBox } from "./steps/find-box.js";
import { fetchManifests } from "./steps/fetch-manifests.js";
import { initControlPlane } from "./steps/init-control-plane.js";
import { joinMasters } from "./steps/join-masters.js";
import { joinMinions } from "./steps/join-minions.js";
import { renderFiles } from "./steps/render-files.js";
import { renewCertificates } from "./steps/renew-certificates.js";
import { renewKubeletCertificates } from "./steps/renew-kubelet-certificates.js";
import { renewKubeProxy } from "./steps/renew-kube-proxy.js";
import { startDns } from "./steps/start-dns.js";
import type { BuildBoxInput } from "../box/context.js";
import { startMachines } from "./steps/start-machines.js";
import { type WaitFor, waitUntilHealthy } from "./steps/wait-until-healthy.js";
import { putVirtualAddress } from "./steps/put-virtual-address.js";
import { type AddressWait, useVirtualAddress } from "./steps/use-virtual-address.js";
import { writeAdminConfig } from "./steps/write-admin-config.js";
import { writeIdentity } from "./steps/write-identity.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { demandAllNodes } from "../../nodes/left-behind.js";
import { refuseFailed, seenNodes } from "../../nodes/seen-nodes.js";
import type { Plan } from "../../engine/item.js";
import { summarise, type UpSummary } from "./summary.js";
import { checkSpec, readSpecCatalogue, type NewFile } from "../../engine/read-cluster.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";

/** What `up` gets from its caller; the overrides come from the command line's flags. */
export interface UpInput extends RunInput {
  readonly overrides: SpecOverrides;
  /** False: a box that is not here is not built. */
  readonly buildsBox?: boolean;
  /** The cluster itself by default. */
  readonly waitFor?: WaitFor;
  /** Told how far the download of the image is that a box is built of. */
  readonly onImageBytes?: BuildBoxInput["onBytes"];
}

/** Without `--wait addons` the image of its pod delays the end of a run only so much. */
const ADDRESS_WAIT: Readonly<Record<WaitFor, AddressWait>> = {
  cluster: { atMost: 180_000, isDemanded: false },
  addons: { atMost: 1_200_000, isDemanded: true },
};

/**
 * The order of `up`: each step looks at what exists and does what is missing. A step that names no other waits for the one
 * ahead of it. What one finds out is a result that those get which wait for it.
 */
export function upSteps(
  newFiles: readonly NewFile[],
  { buildsBox = true, onImageBytes, waitFor = "cluster" }: Pick<UpInput, "buildsBox" | "onImageBytes" | "waitFor"> = {},
): readonly Step<ClusterContext>[] {
  const addons = result<readonly Addon[]>();
  const made = result<MadeMaster>();
  const record = result<AppliedSums>();
  const drifts = result<Drifts>();
  return [
    checkPrerequisites(newFiles),
    findBox({ builds: buildsBox, onBytes: onImageBytes }),
    writeIdentity(newFiles),
    renderFiles,
    fetchManifests(addons),
    startMachines,
    renewCertificates,
    initControlPlane(addons, made),
    applyNetwork({ addons, made, record, drifts }),
    startDns(addons, made),
    renewKubeProxy,
    joinMasters,
    joinMinions,
    putVirtualAddress,
    renewKubeletCertificates,
    compareWithSpec,
    applyAddons({ addons, record, drifts }),
    useVirtualAddress(ADDRESS_WAIT[waitFor]),
    waitUntilHealthy(addons, waitFor),
    writeAdminConfig,
  ];
}

/**
 * Brings the cluster of a folder up, or up to date with its spec, whatever state it is in; can be run again after any
 * failure. Never destroys anything. A cluster that is in order is only looked at.
 */
export async function up(input: UpInput): Promise<UpSummary> {
  const started = performance.now();
  await checkFiles(input);
  const options = { command: "up", lock: true, mayBeNew: true, keepsFailures: true };
  return withRun(input, options, async ({ context, newFiles }) => {
    const { paths, log } = context;
    try {
      const timings = await runSteps(upSteps(newFiles, input), context);
      if (log.isPersisted()) await recordTimings(paths.timings, timings);
      await demandAllNodes(context);
      return await summarise(context, timings, Math.round(performance.now() - started));
    } catch (error) {
      tellWhileOthersFinish(context, error);
      throw error;
    }
  });
}

/**
 * What {@link up} would do now. Reads the machines that run, and changes nothing: in the folder, on nodes, in the cluster.
 * Throws what would end the run before it changed anything, and why a node cannot become one.
 */
export async function planUp(input: UpInput): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: true }) };
  await checkFiles(planning);
  const options = { command: "up", lock: false, mayBeNew: true, isDryRun: true };
  return withRun(planning, options, async ({ context, newFiles }) => {
    const steps = await planSteps(upSteps(newFiles, input), context);
    // Those that cannot be prepared stop a run only when all others have joined.
    await refuseFailed(await seenNodes(context, context.topology.nodes));
    return { command: "up", cluster: context.identity.name, steps };
  });
}

/** A file that the spec names and that cannot be used is wrong usage like the rest of the spec: nothing is written yet. */
async function checkFiles({ folder, overrides, tools, signal }: UpInput): Promise<void> {
  const spec = await checkSpec(folder, overrides);
  if (spec.provider === "hosts") await checkIdentityFiles(folder, spec.hosts);
  const catalogue = await readSpecCatalogue({ folder, tools, signal }, spec);
  checkWithCatalogue(spec, catalogue);
  for (const addon of spec.addons) await checkAddon(addon, folder, entryOf(catalogue, addon));
}

/** Machines that still start are left to finish, because the next run needs them; the failure is shown meanwhile. */
function tellWhileOthersFinish({ fleet, progress, signal }: ClusterContext, error: unknown): void {
  const names = fleet.underWay();
  if (names.length === 0 || signal.aborted) return;
  progress.warn(`${messageOf(error)}; waiting for ${names.join(", ")}, still being started or prepared`);
}

async function recordTimings(path: string, timings: readonly StepTiming[]): Promise<void> {
  const entry = { at: new Date().toISOString(), steps: timings };
  await appendFile(path, `${JSON.stringify(entry)}\n`, { mode: 0o644 });
}
