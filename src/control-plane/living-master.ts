import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";
import { AlpineK8sError } from "../base/errors.js";
import { readIfExists } from "../base/files.js";
import { readCredentials } from "../kubeconfig/admin-config.js";
import type { Topology } from "../model/topology/topology.js";
import { masters } from "../nodes/nodes.js";
import { apiAnswers } from "./api-answers.js";
import { freshAdminConfig, usableAdminConfig } from "./api-config.js";
import { configToKeep, leadsToAll } from "./shared-address/config-at-address.js";
import { apiMaster, chooseApiMaster } from "./masters.js";

/**
 * An admin.config for the cluster as it is now: the folder's when it is right, else one made from a master's. It leads to the
 * address of all masters where the API answers there. With
 * several masters of which its own does not answer, one that leads to a master whose API does; the folder's when there
 * is none, or nothing can be asked. Prepares no node and writes nothing. Throws `node` when it has to come from a master
 * that is not set up or does not answer.
 */
export async function livingAdminConfig(context: ClusterContext): Promise<string> {
  const usable = await usableAdminConfig(context);
  if (usable === undefined) return configToKeep(context, await fromMaster(context));
  const kept = await configToKeep(context, usable);
  if (leadsToAll(context, kept)) return kept;
  return withLivingMaster(context, kept);
}

async function withLivingMaster(context: ClusterContext, usable: string): Promise<string> {
  if (masters(context.topology).further.length === 0) return usable;
  if (await apiAnswers(context, usable)) return usable;
  const sessions = await context.fleet.observe();
  context.signal.throwIfAborted();
  const serving = sessions.filter((session) => session?.facts.state === "finished" && session.facts.api === "ok");
  const named = masterIn(context.topology, usable);
  // A master that serves is right, even where this computer has no way to its API.
  if (serving.length === 0 || serving.some((session) => session?.node.name === named)) return usable;
  chooseApiMaster(context, serving);
  return freshAdminConfig(context);
}

/** Looks at the nodes first, so that asking for the file prepares none of them. */
async function fromMaster(context: ClusterContext): Promise<string> {
  const sessions = await context.fleet.observe();
  context.signal.throwIfAborted();
  chooseApiMaster(context, sessions);
  const first = apiMaster(context);
  const session = sessions[context.topology.nodes.indexOf(first)];
  if (session?.facts.state === "finished") return freshAdminConfig(context);
  const why = session ? "is not set up yet" : "does not answer by ssh";
  throw new AlpineK8sError("node", `${first.name} ${why}, and admin.config has to come from there`, {
    node: first.name,
    hints: ["alpine-k8s up", "what is there: alpine-k8s status"],
  });
}

/** Name of the master whose address the config gives; nothing for any other address, or a config that cannot be read. */
export function masterIn({ nodes }: Topology, adminConfig: string): string | undefined {
  try {
    const host = new URL(readCredentials(adminConfig).server).hostname.replace(/^\[|\]$/g, "");
    return nodes.find(({ role, address, access }) => role === "master" && host === (access?.address ?? address))?.name;
  } catch {
    return undefined;
  }
}

/** The master that admin.config leads to, when that does not answer and another one does. */
export async function lostMaster(
  { paths, topology }: Pick<ClusterContext, "paths" | "topology">,
  sessions: readonly (NodeSession | undefined)[],
): Promise<string | undefined> {
  const text = await readIfExists(paths.adminConfig);
  const named = text === undefined ? undefined : masterIn(topology, text);
  const answers = (name: string): boolean => sessions.some((session) => session?.node.name === name);
  const others = topology.nodes.some(({ role, name }) => role === "master" && answers(name));
  return named === undefined || answers(named) || !others ? undefined : named;
}

/** What is wrong with an admin.config that leads to a lost master. */
export function leadsToLost(name: string): string {
  return `which leads to ${name}, and that does not answer`;
}
