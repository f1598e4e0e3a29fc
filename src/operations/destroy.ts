import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { runNodeScript } from "../alpine/node-commands.js";
import { sharedVariables } from "../alpine/variables.js";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { readIfExists } from "../base/files.js";
import { wasMerged } from "../kubeconfig/merge-file.js";
import { kubeconfigFiles } from "../kubeconfig/merge-paths.js";
import { forEachNode } from "../remote/for-each-node.js";
import { readResetScript } from "../templates/cluster-files.js";
import { readStamp } from "../templates/stamp.js";
import type { PlannedNode } from "../model/topology/topology.js";
import { machineIds } from "../vagrant/machine-ids.js";
import type { ClusterContext } from "../engine/context.js";
import { clientPlatform, type ClientPlatform } from "./kubectl/choice.js";
import { undoKubectlConfig } from "./kubectl/kubectl-config.js";
import { withLock } from "../engine/lock.js";
import { readIdentity } from "../engine/read-cluster.js";
import { renderFolder } from "./folder/render-folder.js";
import { runSteps, type Step } from "../engine/step.js";
import type { NodeSession } from "../engine/node-session.js";
import type { RunInput } from "../engine/run-input.js";
import { noCluster, withRun } from "../engine/with-run.js";

export interface DestroyInput extends RunInput {
  /** Leaves hosts that do not answer as they are. */
  readonly force: boolean;
  /** Asks the user; the question says what would be removed. */
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

type Outcome = { machines: string[]; left: string[]; removed: string[]; kept: string[]; kubeconfig: string | null };

/**
 * Removes the machines (Vagrant) or resets the nodes of our CA (hosts), then what we wrote into the folder. Never
 * touches the user's spec or other files. Throws `declined` (exit 6) when the user says no, and `node` when a host does not
 * answer, unless forced.
 */
export async function destroyCluster(input: DestroyInput): Promise<DestroySummary> {
  const identity = await readIdentity(input.folder);
  const machines = [...(await machineIds(input.folder)).keys()];
  if (!identity && machines.length === 0) throw noCluster(input.folder);
  // The question is asked before the lock is taken: the user may need time to answer.
  const options = { command: "destroy", lock: false, mayBeNew: true, allowBrokenFolder: true };
  return withRun(input, options, async ({ context }) => {
    const names = context.identity.provider === "hosts" ? context.topology.nodes.map((node) => node.name) : machines;
    await askFirst(input, context, names);
    const outcome: Outcome = { machines: [], left: [], removed: [], kept: [], kubeconfig: null };
    await withLock(context.paths.lock, "alpine-k8s destroy", async () => {
      await runSteps(destroySteps(names, input, outcome), context);
      await context.fleet.close();
    });
    await removeState(context, outcome);
    return { cluster: context.identity.name, ...outcome };
  });
}

async function askFirst(input: DestroyInput, context: ClusterContext, names: readonly string[]): Promise<void> {
  const what = context.identity.provider === "hosts" ? "Reset" : "Destroy";
  const question = `${what} ${names.length === 0 ? "the files" : names.join(", ")} of cluster ${context.identity.name}?`;
  if (await input.confirm(question)) return;
  throw new AlpineK8sError("declined", "nothing was destroyed", { hints: ["alpine-k8s destroy --yes"] });
}

function destroySteps(names: readonly string[], input: DestroyInput, outcome: Outcome): Step<ClusterContext>[] {
  return [
    {
      title: "Remove machines",
      skip: (context) => Promise.resolve(mayHaveMachines(context, names) ? undefined : "there are none"),
      run: async (context) => {
        if (context.identity.provider === "hosts") return resetHosts(context, input.force, outcome);
        if (names.length > 0) await destroyMachines(context, names);
        await removeLeftovers(context, names);
        outcome.machines.push(...names);
      },
    },
    { title: "Take it out of your kubeconfig", ...leaveKubeconfig(input.computer ?? clientPlatform(), outcome) },
    { title: "Remove files", run: (context) => removeFiles(context, outcome) },
  ];
}

/** When no machine is known, a Docker that does not answer does not stop the removal of files. */
async function removeLeftovers({ machines, progress }: ClusterContext, names: readonly string[]): Promise<void> {
  try {
    await machines.removeLeftovers?.();
  } catch (error) {
    if (names.length > 0) throw error;
    progress.warn(`nobody can tell whether containers are left over: ${messageOf(error)}`);
  }
}

function mayHaveMachines({ identity, machines }: ClusterContext, names: readonly string[]): boolean {
  return identity.provider === "hosts" || names.length > 0 || machines.removeLeftovers !== undefined;
}

/** Vagrant can destroy only what its Vagrantfile defines, so a lost one is rendered again first. */
async function destroyMachines(context: ClusterContext, names: readonly string[]): Promise<void> {
  const { paths, spec, topology } = context;
  if ((await readIfExists(paths.vagrantfile)) === undefined)
    await renderFolder({ paths, spec, topology, force: false });
  await context.machines.destroy(names, context.signal);
}

async function resetHosts(context: ClusterContext, force: boolean, outcome: Outcome): Promise<void> {
  const { paths, spec, topology, progress, signal } = context;
  await renderFolder({ paths, spec, topology, force: false });
  const script = await readResetScript();
  await context.fleet.observe();
  const reset = await forEachNode(topology.nodes, "resetting", async (node) => {
    const session = await sessionOf(context, node, force);
    if (session === undefined) return false;
    if (session.facts.state === "foreign") {
      progress.warn(`${node.name} belongs to another cluster and was left alone`);
      return false;
    }
    progress.node(node.name, "resetting");
    const variables = sharedVariables(context.fleet.nodeInput(session));
    await runNodeScript(session.host, { name: "reset.sh", script, variables, signal });
    return true;
  });
  topology.nodes.forEach(({ name }, index) => (reset[index] === true ? outcome.machines : outcome.left).push(name));
}

/** The connected node; undefined when it does not answer and the run is forced. */
async function sessionOf(context: ClusterContext, node: PlannedNode, force: boolean): Promise<NodeSession | undefined> {
  try {
    return await context.fleet.session(node);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof AlpineK8sError)) throw error;
    if (!force) {
      const hint = "alpine-k8s destroy --force  (when a machine is gone for good: it is left as it is)";
      throw new AlpineK8sError(error.kind, error.message, {
        node: node.name,
        hints: [...error.hints, hint],
        cause: error,
      });
    }
    context.progress.warn(`${node.name} was not reset: ${error.message}; should it come back, run kubeadm reset on it`);
    return undefined;
  }
}

/**
 * Removes what `kubectl-config --merge` put into the user's own file: it would name a cluster that no longer exists.
 */
function leaveKubeconfig(computer: ClientPlatform, outcome: Outcome): Pick<Step<ClusterContext>, "skip" | "run"> {
  const files = kubeconfigFiles(computer);
  return {
    skip: async ({ paths }) => {
      const adminConfig = await readIfExists(paths.adminConfig);
      const merged = adminConfig !== undefined && (await wasMerged(files, adminConfig));
      return merged ? undefined : "it is in none";
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

async function removeFiles(context: ClusterContext, outcome: Outcome): Promise<void> {
  const { paths } = context;
  const rendered = [paths.vagrantfile, ...Object.values(paths.scripts)];
  for (const path of rendered) {
    const text = await readIfExists(path);
    if (text === undefined) continue;
    if (readStamp(text).state === "ours") await remove(path, outcome.removed);
    else outcome.kept.push(basename(path));
  }
  for (const path of [paths.token, paths.adminConfig, `${context.folder}/kubectl`, `${context.folder}/kubectl.exe`]) {
    if ((await readIfExists(path)) !== undefined) await remove(path, outcome.removed);
  }
  if ((await machineIds(context.folder)).size === 0) await rm(paths.vagrantState, { recursive: true, force: true });
}

async function remove(path: string, removed: string[]): Promise<void> {
  await rm(path, { force: true });
  removed.push(basename(path));
}

/** The state goes last, when the lock in it is no longer needed. */
async function removeState(context: ClusterContext, outcome: { removed: string[] }): Promise<void> {
  await rm(context.paths.state, { recursive: true, force: true });
  outcome.removed.push(basename(context.paths.state));
}
