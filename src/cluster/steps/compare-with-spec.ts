import type { ClusterContext } from "../context.js";
import { differences, differenceText } from "../differences.js";
import { kubeOf } from "../kube-access.js";
import { preparedSessions } from "../nodes.js";
import type { Step } from "../step.js";
import { warn } from "../warn.js";

/** Tells what exists and is not as the spec says; nothing is resized or destroyed. */
export const compareWithSpec: Step<ClusterContext> = {
  title: "Compare with the spec",
  run: async (context) => {
    const { topology, machines, signal } = context;
    const kube = await kubeOf(context);
    const found = differences({
      topology,
      machines: await machines.existing(),
      sessions: await preparedSessions(context),
      registered: await kube.list("/api/v1/nodes", signal),
    });
    for (const one of found) warn(context, differenceText(one));
  },
};
