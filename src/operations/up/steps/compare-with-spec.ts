import type { ClusterContext } from "../../../engine/context.js";
import { differences, differenceText } from "../../../control-plane/differences.js";
import { kubeOf } from "../../../control-plane/kube-access.js";
import { preparedSessions } from "../../../nodes/nodes.js";
import { retryWhileApiUnavailable } from "../../../control-plane/retry-while-api-unavailable.js";
import { reregisterNodes } from "../../../nodes/reregister-nodes.js";
import type { Step } from "../../../engine/step.js";
import { warn } from "../../../engine/warn.js";

/**
 * Reports what differs from the spec; nothing is resized or destroyed. Nodes that the API has lost are registered
 * again.
 */
export const compareWithSpec: Step<ClusterContext> = {
  title: "Compare with the spec",
  run: async (context) => {
    const { topology, machines, signal } = context;
    const kube = await kubeOf(context);
    const sessions = await preparedSessions(context);
    const registered = await retryWhileApiUnavailable(context, () => kube.list("/api/v1/nodes", signal));
    await reregisterNodes(context, sessions, registered);
    const found = differences({ topology, machines: await machines.existing(), sessions, registered });
    for (const one of found) warn(context, differenceText(one));
  },
};
