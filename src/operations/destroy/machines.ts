import { runNodeScript } from "../../alpine/node-commands.js";
import { tellLines } from "../../engine/tell-lines.js";
import { sharedVariables } from "../../alpine/variables.js";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { readIfExists } from "../../base/files.js";
import { forEachNode } from "../../remote/for-each-node.js";
import { readResetScript } from "../../templates/cluster-files.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import type { ClusterContext } from "../../engine/context.js";
import { renderFolder } from "../folder/render-folder.js";
import { onNode, overall, type Item } from "../../engine/item.js";
import type { NodeSession } from "../../engine/node-session.js";
import type { Outcome } from "./outcome.js";

/** Without a machine that is known, a Docker that does not answer keeps nobody from taking the files away. */
export async function removeLeftovers({ machines, progress }: ClusterContext, names: readonly string[]): Promise<void> {
  try {
    await machines.removeLeftovers?.();
  } catch (error) {
    if (names.length > 0) throw error;
    progress.warn(`cannot check for leftover containers: ${messageOf(error)}`);
  }
}

export async function destroyItems(
  context: ClusterContext,
  names: readonly string[],
): Promise<string | readonly Item[]> {
  const leftovers = overall(
    "remove-leftovers",
    "remove containers of the cluster that Vagrant does not know, if there are any",
  );
  const items = [
    ...((await needsVagrantfile(context, names)) ? [overall("render", "render a Vagrantfile, to destroy by")] : []),
    ...names.map((name) => onNode(name, "destroy", `destroy the machine ${name}`)),
    ...(context.machines.removeLeftovers === undefined ? [] : [{ ...leftovers, maybe: true as const }]),
  ];
  return items.length === 0 ? "there are none" : items;
}

/** Looks at every host before any is reset. Throws when one does not answer, unless forced. */
export async function resetItems(context: ClusterContext, force: boolean): Promise<readonly Item[]> {
  const { fleet, topology, progress } = context;
  await fleet.observe();
  const sessions = await forEachNode(topology.nodes, "looking", (node) => sessionOf(context, node, force));
  return topology.nodes.flatMap(({ name }, index) => {
    const session = sessions[index];
    if (session?.facts.state !== "foreign") {
      return session === undefined ? [] : [onNode(name, "reset", `reset ${name} (kubeadm reset); its packages stay`)];
    }
    progress.warn(`${name} belongs to another cluster and is left alone`);
    return [];
  });
}

export async function needsVagrantfile({ paths }: ClusterContext, names: readonly string[]): Promise<boolean> {
  return names.length > 0 && (await readIfExists(paths.vagrantfile)) === undefined;
}

/** Vagrant can destroy only what its Vagrantfile defines, so a lost one is rendered again first. */
export async function destroyMachines(context: ClusterContext, names: readonly string[]): Promise<void> {
  const { paths, spec, topology, proxyCa } = context;
  if (await needsVagrantfile(context, names)) await renderFolder({ paths, spec, topology, proxyCa, force: false });
  await context.machines.destroy(names, context.signal);
}

/** Resets these hosts. When one fails, the others are reset all the same, and that is said. */
export async function resetHosts(context: ClusterContext, names: readonly string[], outcome: Outcome): Promise<void> {
  const { topology, progress, log, signal, fleet } = context;
  const script = await readResetScript();
  const nodes = topology.nodes.filter(({ name }) => names.includes(name));
  outcome.left.push(...topology.nodes.filter((node) => !nodes.includes(node)).map(({ name }) => name));
  try {
    await forEachNode(nodes, "resetting", async (node) => {
      const session = await fleet.session(node);
      const variables = sharedVariables(fleet.nodeInput(session));
      await tellLines({ progress, log, name: node.name, activity: "resetting" }, (onLine) =>
        runNodeScript(session.host, { name: "reset.sh", script, variables, signal, onLine }),
      );
      outcome.machines.push(node.name);
    });
  } catch (error) {
    if (outcome.machines.length > 0) progress.warn(`reset already: ${outcome.machines.join(", ")}`);
    throw error;
  }
  // In the order of the spec, not in that of their ends.
  outcome.machines.splice(0, Infinity, ...nodes.map(({ name }) => name));
}

/** The node, connected; nothing when it does not answer and need not. */
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
