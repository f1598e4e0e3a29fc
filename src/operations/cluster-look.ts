import { networkManifestFile, readAddon } from "../addons/addon.js";
import { plannedAddons } from "../addons/plan.js";
import { messageOf } from "../base/errors.js";
import { readIfExists } from "../base/files.js";
import { connectApi } from "../control-plane/connect-api.js";
import { addressCondition } from "../control-plane/shared-address/address-condition.js";
import { lookAtConditions, type AppliedAddon, type ConditionState } from "../control-plane/health.js";
import { askNames } from "../nodes/names-reached.js";
import { recentBoots } from "../nodes/recent-boots.js";
import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";
import type { KubeApi, KubeObject } from "../kube/kube-api.js";

/** What the API tells of a cluster, for reports. */
export interface ClusterLook {
  /** The API, or why it cannot be asked. */
  readonly kube: KubeApi | string;
  /** Its nodes; undefined when it did not list them. */
  readonly registered: readonly KubeObject[] | undefined;
  readonly conditions: readonly ConditionState[];
  /** What keeps add-ons from being judged; empty when nothing does. */
  readonly unknown: readonly string[];
}

/** Milliseconds for the API to list the nodes: etcd may hang behind it, and a way through a master takes time, too. */
const API_PATIENCE = 20_000;
const SILENT = `the API does not list the nodes within ${API_PATIENCE / 1000} s: etcd may be slow, or out of disk`;

type Sessions = readonly (NodeSession | undefined)[];

/**
 * Asks the API for nodes and conditions, by the table that `up` waits by. Prepares no node, downloads nothing, and waits
 * only once for an API that is silent. Throws only on abort.
 */
export async function lookAtCluster(context: ClusterContext, sessions: Sessions): Promise<ClusterLook> {
  const network = await keptNetwork(context);
  const { others, unknown } = await othersAtHand(context);
  const connected = await connectApi(context, { ifAny: sessions });
  const listed = await registeredNodes(connected, context.signal);
  const kube = typeof listed === "string" ? listed : connected;
  const ofAll = await lookAtConditions({ ...context, addons: [...network, ...others] }, kube, {
    boots: recentBoots(sessions),
    namesUnreached: askNames(context, sessions),
  });
  const conditions = [...ofAll, ...(await addressCondition(context, sessions))];
  return { kube, registered: typeof listed === "string" ? undefined : listed, conditions, unknown };
}

/** The network as the folder keeps it. */
async function keptNetwork({ paths }: ClusterContext): Promise<readonly AppliedAddon[]> {
  const text = await readIfExists(networkManifestFile(paths));
  return text === undefined ? [] : [{ name: "network.yaml", isNetwork: true, text }];
}

/** The spec's other add-ons as they are without a download, and what `up` would do about one that is missing. */
async function othersAtHand(
  context: ClusterContext,
): Promise<{ readonly others: readonly AppliedAddon[] } & Pick<ClusterLook, "unknown">> {
  const others: AppliedAddon[] = [];
  try {
    for (const planned of await plannedAddons(context)) {
      if (!planned.isNetwork) others.push(await readAddon(context, planned, { offline: true }));
    }
    return { others, unknown: [] };
  } catch (error) {
    return { others: [], unknown: [`fetch add-ons: ${messageOf(error)}`] };
  }
}

async function registeredNodes(kube: KubeApi | string, signal: AbortSignal): Promise<readonly KubeObject[] | string> {
  if (typeof kube === "string") return kube;
  const limit = AbortSignal.timeout(API_PATIENCE);
  return kube.list("/api/v1/nodes", AbortSignal.any([signal, limit])).catch((error: unknown) => {
    signal.throwIfAborted();
    return limit.aborted ? SILENT : `the API did not answer: ${messageOf(error)}`;
  });
}
