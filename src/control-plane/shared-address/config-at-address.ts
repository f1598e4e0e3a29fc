import type { ClusterContext } from "../../engine/context.js";
import { readCredentials, serverUrl, withServer } from "../../kubeconfig/admin-config.js";
import { sharedAddress } from "../../model/topology/api-endpoint.js";
import { apiAnswers } from "../api-answers.js";
import { masterServer } from "../api-config.js";
import { apiMaster } from "../masters.js";

/**
 * The admin.config to be kept: with the address of all masters where the API answers this computer there, so that it outlives
 * the loss of any master, else with a master's own.
 */
export async function configToKeep(context: ClusterContext, adminConfig: string): Promise<string> {
  const address = sharedAddress(context.topology);
  if (address === undefined) return adminConfig;
  const shared = withServer(adminConfig, serverUrl(address));
  if (await apiAnswers(context, shared)) return shared;
  if (readCredentials(adminConfig).server !== serverUrl(address)) return adminConfig;
  return withServer(adminConfig, await masterServer(context, apiMaster(context)));
}

/** Whether an admin.config leads to the address of all masters. */
export function leadsToAll({ topology }: Pick<ClusterContext, "topology">, adminConfig: string): boolean {
  const address = sharedAddress(topology);
  return address !== undefined && readCredentials(adminConfig).server === serverUrl(address);
}
