import { evenMasters } from "../../../model/topology/warnings.js";
import { forEachNode } from "../../../remote/for-each-node.js";
import type { ClusterContext } from "../../../engine/context.js";
import { apiMaster, furtherMasters, mastersToAsk } from "../../../control-plane/masters.js";
import { ensureUniqueMachineIds } from "../../../nodes/ensure-unique-machine-ids.js";
import { joinMaster, needsJoinAsMaster } from "../../../control-plane/join-master.js";
import { ensureClusterToken } from "../../../control-plane/kube-access.js";
import { renewDeafKubeProxies } from "../../../control-plane/kube-proxy.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";

/** Joins every further master that has not joined, one at a time: etcd takes one new member at a time. */
export const joinMasters: Step<ClusterContext> = {
  title: "Join the masters",
  skip: async (context) => {
    const [, ...others] = mastersToAsk(context);
    if (others.length === 0) return "there is one master";
    const sessions = await Promise.allSettled(others.map((node) => context.fleet.prepared(node)));
    const joined = sessions.every((one) => one.status === "fulfilled" && !needsJoinAsMaster(one.value));
    return joined ? `${others.length} joined already` : undefined;
  },
  run: async (context) => {
    const asked = await context.fleet.prepared(apiMaster(context));
    const sessions = await furtherMasters(context);
    await ensureUniqueMachineIds(context, [asked, ...sessions]);
    const isNew = sessions.some(({ facts }) => facts.state !== "finished");
    for (const session of sessions) {
      if (!needsJoinAsMaster(session)) continue;
      if (session.facts.state !== "finished") await ensureClusterToken(context);
      await joinMaster(context, { session, asked, token: context.secrets.token });
    }
    if (isNew) await renewDeafKubeProxies(context, asked);
    // Masters that could not be prepared fail only here, after the others have joined.
    await forEachNode(
      mastersToAsk(context).slice(1),
      "joining",
      async (node) => void (await context.fleet.prepared(node)),
    );
    const even = evenMasters(context.topology);
    if (even !== undefined) warn(context, even);
  },
};
