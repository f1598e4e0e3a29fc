import { messageOf } from "../base/errors.js";
import { readIfExists, SECRET_MODE, writeIfChanged } from "../base/files.js";
import type { ClusterContext } from "../engine/context.js";
import { chooseApiMaster } from "./masters.js";
import { freshAdminConfig, usableAdminConfig } from "./api-config.js";
import { restartWithEndpoint, withNewEndpoint } from "./kube-proxy.js";
import { configToKeep } from "./shared-address/config-at-address.js";
import { maybe, onNode, overall, type Item } from "../engine/item.js";
import type { Topology } from "../model/topology/topology.js";
import type { NodeSession } from "../engine/node-session.js";
import { warn } from "../engine/warn.js";

/** Warns of what is left to do. */
type Tell = (warning: string) => void;

export const TELL_TITLE = "Update the other nodes";

/**
 * After the set of masters has changed: writes the new set into the hosts files of all nodes, restarts kube-proxy where
 * they changed, and points admin.config at a master that exists. The context must be the cluster's as the change has
 * left it, with fresh connections. The change itself is complete by then, so a node that cannot be updated is a warning
 * (`stale` says what its hosts file still holds) and no failure; `up` updates it later.
 */
export async function refreshEndpoint(context: ClusterContext, stale: string): Promise<void> {
  const tell: Tell = (warning) => warn(context, warning);
  const sessions = await prepare(context, stale, tell);
  await renewAdminConfig(context, sessions, tell);
  for (const session of withNewEndpoint(sessions)) await renewEndpointPods(context, session);
}

/** What may have to be done for it; only the cluster as it is by then shows where. */
export function endpointItems({ nodes }: Topology): readonly Item[] {
  return [
    ...nodes.map(({ name }) =>
      maybe(
        onNode(name, "refresh", `tell ${name} where the API is, and restart kube-proxy there`),
        "where it knows it otherwise",
      ),
    ),
    maybe(overall("write-admin-config", "write admin.config"), "where it leads to a master that is gone"),
  ];
}

/** Nodes that have not joined yet are left to `up`. */
async function prepare(context: ClusterContext, stale: string, tell: Tell): Promise<readonly NodeSession[]> {
  const { topology, identity, fleet, machines, signal } = context;
  const made = await machines.existing();
  const nodes = topology.nodes.filter(({ name }) => identity.provider === "hosts" || made.includes(name));
  const seen = await fleet.look(nodes);
  signal.throwIfAborted();
  const outcomes = await Promise.allSettled(
    nodes.map(async (node, index) => {
      const session = seen[index];
      if (session === undefined) throw new Error(`${node.name} does not answer by ssh`);
      return session.facts.state === "finished" ? fleet.prepared(node) : session;
    }),
  );
  signal.throwIfAborted();
  return outcomes.flatMap((outcome, index) => {
    if (outcome.status === "fulfilled") return [outcome.value];
    // With a load balancer as the endpoint, its address is all that nodes know, whichever masters are behind it.
    const name = nodes[index]?.name ?? "";
    if (topology.endpoint.kind === "masters") {
      tell(`the hosts file of ${name} ${stale} (${messageOf(outcome.reason)}); then: alpine-k8s up`);
    }
    return [];
  });
}

async function renewAdminConfig(context: ClusterContext, sessions: readonly NodeSession[], tell: Tell): Promise<void> {
  const { adminConfig } = context.paths;
  const isThere = (await readIfExists(adminConfig)) !== undefined;
  const isRight = (await usableAdminConfig(context, 0)) !== undefined;
  chooseApiMaster(context, sessions);
  if (!isThere || isRight) return;
  try {
    const { master } = context.api;
    if (master === undefined) throw new Error("no master answers by ssh");
    await writeIfChanged(adminConfig, await configToKeep(context, await freshAdminConfig(context)), SECRET_MODE);
    tell(
      `admin.config leads to ${master.name} from now on; copies of the old one no longer work; if you merged it: alpine-k8s kubectl-config --merge`,
    );
  } catch (error) {
    context.signal.throwIfAborted();
    tell(`admin.config leads to a master that is gone (${messageOf(error)}); later: alpine-k8s kubectl-config`);
  }
}

/** Restarts on a node what has copied the hosts file; where that fails, warns and says what to type. */
export async function renewEndpointPods(context: ClusterContext, session: NodeSession): Promise<void> {
  const { name, fqdn } = session.node;
  try {
    await restartWithEndpoint(context, session);
  } catch (error) {
    context.signal.throwIfAborted();
    warn(
      context,
      `kube-proxy of ${name} still has the old addresses of the API (${messageOf(error)}); later: alpine-k8s kubectl -- --namespace kube-system delete pod --selector k8s-app=kube-proxy --field-selector spec.nodeName=${fqdn}`,
    );
  }
}
