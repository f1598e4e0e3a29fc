import { makeAdminConfig, readCredentials, serverUrl } from "../kubeconfig/admin-config.js";
import { readIfExists } from "../base/files.js";
import type { PlannedNode } from "../model/topology/topology.js";
import type { ClusterContext } from "../engine/context.js";
import { RENEW_BELOW_DAYS } from "./certificates/certificates.js";
import { sharedAddress } from "../model/topology/api-endpoint.js";
import { ADMIN_CONF_ON_NODE } from "../nodes/node-paths.js";
import { apiMaster } from "./masters.js";
import { masters } from "../nodes/nodes.js";

/**
 * Milliseconds: an admin.config whose certificate expires sooner is fetched anew. `up` renews on masters at the same
 * limit.
 */
const RENEW_BEFORE = RENEW_BELOW_DAYS * 24 * 3600_000;

/** The address of a master's API as this computer sees it. */
function apiAddress(node: PlannedNode): string {
  return node.access?.address ?? node.address;
}

/** URL of a master's API as this computer reaches it now. */
export async function masterServer({ machines }: ClusterContext, node: PlannedNode): Promise<string> {
  const elsewhere = await machines.apiEndpoint?.(node);
  return elsewhere === undefined ? serverUrl(apiAddress(node)) : serverUrl(elsewhere.address, elsewhere.port);
}

/** An admin.config for this cluster: the folder's while it is valid, else made from a master's. */
export async function adminConfigOf(context: ClusterContext): Promise<string> {
  const existing = await usableAdminConfig(context);
  return existing === undefined ? freshAdminConfig(context) : context.api.use(existing);
}

/** An admin.config made from a master's, whatever the folder has. */
export async function freshAdminConfig(context: ClusterContext): Promise<string> {
  const { host, node } = await context.fleet.prepared(apiMaster(context));
  const { stdout } = await host.run({
    name: "admin.conf",
    script: `cat ${ADMIN_CONF_ON_NODE}\n`,
    readOnly: true,
    secretOutput: true,
    signal: context.signal,
  });
  const made = makeAdminConfig({
    adminConf: stdout,
    node: node.name,
    clusterName: context.identity.name,
    server: await masterServer(context, node),
    serverName: context.identity.endpointName,
    caCertificate: context.secrets.caCertificate,
  });
  return context.api.use(made);
}

/**
 * The admin.config of this run, or the folder's when it fits the cluster and is valid for at least `lasting` more
 * milliseconds. Asks no node.
 */
export async function usableAdminConfig(context: ClusterContext, lasting = RENEW_BEFORE): Promise<string | undefined> {
  if (context.api.adminConfig !== undefined) return context.api.adminConfig;
  const existing = await readIfExists(context.paths.adminConfig);
  return existing !== undefined && (await isUsable(context, existing, lasting)) ? existing : undefined;
}

async function isUsable(context: ClusterContext, text: string, lasting: number): Promise<boolean> {
  try {
    const credentials = readCredentials(text);
    const { first, further } = masters(context.topology);
    // Until a run has chosen a master, any will do.
    const usable = context.api.master === undefined ? [first, ...further] : [context.api.master];
    const shared = sharedAddress(context.topology);
    const servers = [
      ...(await Promise.all(usable.map((master) => masterServer(context, master)))),
      ...(shared === undefined ? [] : [serverUrl(shared)]),
    ];
    return (
      servers.includes(credentials.server) &&
      credentials.serverName === context.identity.endpointName &&
      credentials.ca.trim() === context.secrets.caCertificate.trim() &&
      credentials.notAfter.getTime() - Date.now() > lasting
    );
  } catch {
    return false;
  }
}
