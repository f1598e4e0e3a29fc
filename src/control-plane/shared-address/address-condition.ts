import { ADDRESS_ADDON } from "../../model/spec/addon-names.js";
import { sharedAddress } from "../../model/topology/api-endpoint.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import { serverUrl, withServer } from "../../kubeconfig/admin-config.js";
import { apiAnswers } from "../api-answers.js";
import { usableAdminConfig } from "../api-config.js";
import type { ConditionState } from "../health.js";
import { isPodDue } from "./carry-address.js";

/** Like add-ons, the address of all masters is nothing that a healthy cluster has to have. */
export const ADDRESS_ANSWERS = "virtual-address";

/**
 * Whether the API answers this computer at the address of all masters, which master has it, and what nodes lack of it;
 * nothing for a cluster without such an address.
 */
export async function addressCondition(
  context: ClusterContext,
  sessions: readonly (NodeSession | undefined)[],
): Promise<readonly ConditionState[]> {
  const address = sharedAddress(context.topology);
  if (address === undefined) return [];
  const joined = sessions.filter((session) => session?.facts.state === "finished") as readonly NodeSession[];
  const holder = joined.find(({ facts }) => facts.holdsVirtualAddress)?.node.name;
  const lacks = await whatLacks(context, joined);
  const where = holder === undefined ? "no master that answers has it" : `${holder} has it`;
  if (lacks !== "")
    return [{ id: ADDRESS_ANSWERS, met: false, reason: `${address}: ${where}; ${lacks}: alpine-k8s up` }];
  const config = await usableAdminConfig(context, 0);
  const answers = config !== undefined && (await apiAnswers(context, withServer(config, serverUrl(address))));
  if (answers || (holder !== undefined && !context.machines.capabilities.inOurNetwork)) {
    return [{ id: ADDRESS_ANSWERS, met: true, reason: `${address}, ${where}` }];
  }
  const reason = `the API does not answer at ${address}, ${where}: alpine-k8s addons status ${ADDRESS_ADDON}`;
  return [{ id: ADDRESS_ANSWERS, met: false, reason }];
}

async function whatLacks(context: ClusterContext, joined: readonly NodeSession[]): Promise<string> {
  const masters = joined.filter(({ node }) => node.role === "master");
  const due = await Promise.all(masters.map((session) => isPodDue(context, session).catch(() => false)));
  const without = masters.filter((_, index) => due[index]).map(({ node }) => node.name);
  const unaware = joined.filter(({ facts }) => !facts.usesVirtualAddress).map(({ node }) => node.name);
  return [
    ...(without.length === 0 ? [] : [`its pod is missing or another one on ${without.join(", ")}`]),
    ...(unaware.length === 0 ? [] : [`not asked there yet: ${unaware.join(", ")}`]),
  ].join("; ");
}
