import { readIfExists } from "../../base/files.js";
import { usableAdminConfig } from "../../control-plane/api-config.js";
import { ADDONS_AVAILABLE } from "../../control-plane/health.js";
import { leadsToLost, lostMaster } from "../../control-plane/living-master.js";
import { ADDRESS_ANSWERS } from "../../control-plane/shared-address/address-condition.js";
import { apiAccess } from "../../engine/api-access.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import { lookAtCluster } from "../cluster-look.js";
import { failed, ok, type Outcome, skipped } from "./check.js";
import { findingOf, type Finding } from "./run-checks.js";

type Sessions = readonly (NodeSession | undefined)[];

/** Commands that show more of a condition that is not met. */
const SHOWS_NODES = "alpine-k8s kubectl -- describe nodes";
const SHOWS_PODS = "alpine-k8s kubectl -- get pods --all-namespaces --output wide";

/**
 * The conditions of the cluster, judged as `status` and `up` do; none of a cluster that is not made yet. With machines that
 * are off they are warnings: what ran there is missing until `up` starts them.
 */
export async function conditionFindings(context: ClusterContext, sessions: Sessions): Promise<readonly Finding[]> {
  if (!sessions.some((session) => session?.facts.state === "finished")) return [];
  const { kube, conditions } = await lookAtCluster(context, sessions);
  const isPartial = sessions.includes(undefined);
  return conditions.map(({ id, met, reason }) => {
    const weight = isPartial || id === ADDONS_AVAILABLE || id === ADDRESS_ANSWERS ? "warning" : "error";
    const outcome = (): Outcome => {
      if (met) return ok(reason === "" ? "met" : reason);
      if (id === ADDRESS_ANSWERS) return failed(reason, "alpine-k8s up");
      if (typeof kube === "string") return skipped(kube);
      return failed(reason, id === "nodes-ready" ? SHOWS_NODES : SHOWS_PODS);
    };
    return findingOf({ id, on: "the cluster", weight }, outcome());
  });
}

/** Whether the folder's admin.config leads to a master that answers, with credentials that last. */
export async function adminConfigFinding(context: ClusterContext, sessions: Sessions): Promise<Finding> {
  return findingOf(
    { id: "admin-config", on: "the folder", weight: "error" },
    await adminConfigOutcome(context, sessions),
  );
}

const RENEW = "alpine-k8s kubectl-config";

async function adminConfigOutcome(context: ClusterContext, sessions: Sessions): Promise<Outcome> {
  if ((await readIfExists(context.paths.adminConfig)) === undefined) return skipped("there is none");
  if (!sessions.some((session) => session?.node.role === "master")) return skipped("no master answers");
  const lost = await lostMaster(context, sessions);
  if (lost !== undefined) return failed(`there is an admin.config, ${leadsToLost(lost)}`, RENEW);
  if (context.secrets.caCertificate === "") return skipped("the cluster's CA is not in the folder to compare with");
  const given = { ...context, api: apiAccess() };
  if ((await usableAdminConfig(given, 0)) === undefined)
    return failed("it leads to no master of this cluster, has expired, or is another cluster's", RENEW);
  if ((await usableAdminConfig(given)) === undefined)
    return failed("its certificate ends within 30 days", RENEW, { weight: "warning" });
  return ok("leads to a master, and lasts more than 30 days");
}
