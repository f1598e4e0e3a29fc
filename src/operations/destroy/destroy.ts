import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { wasMerged } from "../../kubeconfig/merge-file.js";
import { kubeconfigFiles } from "../../kubeconfig/merge-paths.js";
import { machineIds } from "../../vagrant/machine-ids.js";
import type { ClusterContext } from "../../engine/context.js";
import { clientPlatform, type ClientPlatform } from "../kubectl/choice.js";
import { undoKubectlConfig } from "../kubectl/kubectl-config.js";
import { withLock } from "../../engine/lock.js";
import { nodesOf, overall, type Plan } from "../../engine/item.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { planningTools } from "../../nodes/planning-tools.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun, type RunOptions } from "../../engine/with-run.js";
import { destroyItems, destroyMachines, removeLeftovers, resetHosts, resetItems } from "./machines.js";
import { newOutcome, type Outcome } from "./outcome.js";
import { fileItems, removeFiles, removeState } from "./files.js";

export interface DestroyInput extends RunInput {
  /** Leaves hosts that do not answer as they are. */
  readonly force: boolean;
  /** Asks the user; told what would go. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly computer?: ClientPlatform;
}

/** What `destroy` did; the shape of its `-o json`. */
export interface DestroySummary {
  readonly cluster: string;
  /** Destroyed (Vagrant), or reset (hosts). */
  readonly machines: readonly string[];
  /** Hosts that were left as they are: they do not answer, or belong to another cluster. */
  readonly left: readonly string[];
  readonly removed: readonly string[];
  /** Files that were edited by hand and are left. */
  readonly kept: readonly string[];
  /** The user's kubeconfig that the cluster was taken out of; null when it was not merged into one. */
  readonly kubeconfig: string | null;
}

/** What {@link destroyCluster} would do now. Reads hosts that answer, and changes nothing; asks nothing either. */
export async function planDestroy(input: Pick<DestroyInput, keyof RunInput | "force" | "computer">): Promise<Plan> {
  const names = await machinesOf(input.folder);
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  const options = { ...runOptions(names), isDryRun: true };
  return withRun(planning, options, async ({ context }) => {
    const steps = await planSteps(destroySteps(names, planning, newOutcome()), context);
    return { command: "destroy", cluster: context.identity.name, steps };
  });
}

/** Names of the machines that Vagrant made. */
async function machinesOf(folder: string): Promise<readonly string[]> {
  return [...(await machineIds(folder)).keys()];
}

/** Where Vagrant has made machines, the cluster's identity may be lost. */
function runOptions(machines: readonly string[]): RunOptions {
  return { command: "destroy", lock: false, mayBeNew: machines.length > 0, allowBrokenFolder: true };
}

/**
 * Removes the machines (Vagrant) or resets the nodes of our CA (hosts), then what we wrote into the folder. Never
 * touches the user's spec or other files. Throws `declined` (exit 6) when the user says no, and `node` when a host does not
 * answer, unless forced.
 */
export async function destroyCluster(input: DestroyInput): Promise<DestroySummary> {
  const machines = await machinesOf(input.folder);
  // The question is asked before the lock is taken: the user may need time to answer.
  return withRun(input, runOptions(machines), async ({ context }) => {
    const names = context.identity.provider === "hosts" ? context.topology.nodes.map((node) => node.name) : machines;
    await askFirst(input, context, names);
    const outcome = newOutcome();
    await withLock(context.paths.lock, "alpine-k8s destroy", async () => {
      await runSteps(destroySteps(machines, input, outcome), context);
      await context.fleet.close();
      await removeState(context, outcome);
    });
    return { cluster: context.identity.name, ...outcome };
  });
}

async function askFirst(input: DestroyInput, context: ClusterContext, names: readonly string[]): Promise<void> {
  const what = context.identity.provider === "hosts" ? "Reset" : "Destroy";
  const question = `${what} ${names.length === 0 ? "the files" : names.join(", ")} of cluster ${context.identity.name}?`;
  if (await input.confirm(question)) return;
  throw new AlpineK8sError("declined", "nothing was destroyed", { hints: ["alpine-k8s destroy --yes"] });
}

function destroySteps(
  names: readonly string[],
  input: Pick<DestroyInput, "force" | "computer">,
  outcome: Outcome,
): Step<ClusterContext>[] {
  return [
    {
      id: "remove-machines",
      title: "Remove machines",
      plan: (context) =>
        context.identity.provider === "hosts" ? resetItems(context, input.force) : destroyItems(context, names),
      run: async (context, items) => {
        if (context.identity.provider === "hosts") return resetHosts(context, nodesOf(items), outcome);
        if (names.length > 0) await destroyMachines(context, names);
        await removeLeftovers(context, names);
        outcome.machines.push(...names);
      },
    },
    {
      id: "leave-kubeconfig",
      title: "Take it out of your kubeconfig",
      ...leaveKubeconfig(input.computer ?? clientPlatform(), outcome),
    },
    {
      id: "remove-files",
      title: "Remove files",
      plan: (context) => fileItems(context, names),
      run: (context) => removeFiles(context, outcome),
    },
  ];
}

/** What `kubectl-config --merge` put into the user's own file; it would name a cluster that is no more. */
function leaveKubeconfig(computer: ClientPlatform, outcome: Outcome): Pick<Step<ClusterContext>, "plan" | "run"> {
  const files = kubeconfigFiles(computer);
  return {
    plan: async ({ paths }) => {
      const adminConfig = await readIfExists(paths.adminConfig);
      const merged = adminConfig !== undefined && (await wasMerged(files, adminConfig));
      return merged ? [overall("undo", `take the cluster out of ${files[0]}`)] : "it is in none";
    },
    run: async ({ paths, folder, signal, progress }) => {
      try {
        outcome.kubeconfig = (await undoKubectlConfig({ folder, signal, computer })).file;
      } catch (error) {
        signal.throwIfAborted();
        progress.warn(`${messageOf(error)}; the entries of ${paths.adminConfig} stay in your kubeconfig`);
      }
    },
  };
}
