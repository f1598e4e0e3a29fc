import { rm } from "node:fs/promises";
import { holds, readIfExists, SECRET_MODE, writeIfChanged } from "../../../base/files.js";
import { isRenewalDue } from "../../../control-plane/certificates/certificates.js";
import { joinTokens, revokeLeftJoinTokens } from "../../../control-plane/join-tokens.js";
import type { ClusterContext } from "../../../engine/context.js";
import { adminConfigOf } from "../../../control-plane/api-config.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import { configToKeep } from "../../../control-plane/shared-address/config-at-address.js";
import { maybe, overall, type Item } from "../../../engine/item.js";
import { NotKnownYet } from "../../../engine/not-known-yet.js";
import { warn } from "../../../engine/warn.js";
import { apiMaster } from "../../../control-plane/masters.js";
import { demandCluster, seenMasters } from "../../../control-plane/seen-masters.js";
import { isHidden } from "../../../nodes/seen-nodes.js";
import type { Step } from "../../../engine/step.js";
import { renewMerge, staleMerge, tellMovedMaster } from "../../kubectl/follow-master.js";
import { readPendingNodes, writePendingNodes } from "../../add-node/pending-nodes.js";

/**
 * Puts a kubeconfig that this computer can use into the folder; on hosts the CA's key leaves this computer. What an
 * `add-node` left unfinished is finished by now, and noted no more.
 */
export const writeAdminConfig: Step<ClusterContext> = {
  id: "write-admin-config",
  title: "Write admin.config",
  plan: async (context) => {
    const { paths, identity, secrets } = context;
    const keepsKey = identity.provider !== "hosts" || secrets.caKey === undefined;
    return [
      ...(await configItems(context)),
      ...(keepsKey ? [] : [overall("remove-ca-key", "remove the key of the cluster's CA from this computer")]),
      ...((await readPendingNodes(paths.adding)).length === 0 ? [] : [FORGET]),
      ...((await joinTokens(paths.joinTokens)).length === 0 ? [] : [REVOKE]),
    ];
  },
  run: async (context, items) => {
    const { paths } = context;
    const text = await configToKeep(context, await adminConfigOf(context));
    const before = await readIfExists(paths.adminConfig);
    await writeIfChanged(paths.adminConfig, text, SECRET_MODE);
    tellMovedMaster(context, before, text);
    if (items.some(({ action }) => action === MERGE)) await renewMerge(context, text);
    await warnWhenUnreachable(context);
    if (context.identity.provider === "hosts") await rm(paths.caKey, { force: true });
    if (items.includes(FORGET)) await writePendingNodes(paths.adding, []);
    if (items.includes(REVOKE)) await revokeLeftJoinTokens(context);
  },
};

const MERGE = "merge";
const WRITE = overall("write", "write admin.config");
const FORGET = overall("forget-pending-nodes", "forget that an add-node was not finished");
const REVOKE = overall("revoke-join-tokens", "revoke the join tokens that an add-node left");

async function configItems(context: ClusterContext): Promise<readonly Item[]> {
  const { asked, others, areAllNew } = await seenMasters(context);
  if (areAllNew && !context.api.isNew) return [WRITE];
  const isRenewed = "session" in asked && asked.session.facts.state === "finished" && isRenewalDue(asked.session);
  try {
    await demandCluster(context);
    const text = await configToKeep(context, await adminConfigOf(context));
    const isRight = await holds(context.paths.adminConfig, text, SECRET_MODE);
    const merged = await staleMerge(context, text);
    const merge = merged === undefined ? [] : [overall(MERGE, `bring the cluster's entries in ${merged} up to date`)];
    if (!isRight || isRenewed) return [WRITE, ...merge];
    const hidden = [asked, ...others].find(isHidden);
    if (hidden === undefined) return merge;
    return [maybe(WRITE, `where what ${hidden.node.name} has is newer`), ...merge];
  } catch (error) {
    if (!(error instanceof NotKnownYet)) throw error;
    return [maybe(WRITE, error.until)];
  }
}

/** A config that this computer cannot use is not handed out in silence. */
async function warnWhenUnreachable(context: ClusterContext): Promise<void> {
  const { via, whyNotDirect } = await connectApi(context, "prepared");
  if (via === "direct") return;
  const { name } = apiMaster(context);
  warn(
    context,
    `this computer does not reach the API (${whyNotDirect ?? "unknown why"}); admin.config alone works only from where ` +
      `port 6443 of ${name} can be reached. From here: alpine-k8s kubectl -- get nodes  (it goes through ${name})`,
  );
}
