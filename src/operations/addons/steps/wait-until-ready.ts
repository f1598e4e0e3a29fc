import { entryOf } from "../../../addons/catalogue/catalogue.js";
import { refsIn } from "../../../addons/inventory/refs-in.js";
import { until } from "../../../base/wait.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { Step } from "../../../engine/step.js";
import { tellWait } from "../../../engine/tell-wait.js";
import { orWait } from "../../../kube/again-later.js";
import type { Change } from "../change-context.js";
import { lookAtAddon, unmetOf } from "../readiness.js";

/** Waits for the add-on's workloads and conditions, and tells for what. Throws `timeout` with the reason past the limit. */
export function waitUntilReady({ addon, planned, input }: Change): Step<ClusterContext> {
  return {
    id: "wait-until-ready",
    title: "Wait until it is ready",
    plan: () => Promise.resolve(input.timeout === undefined ? "--no-wait" : []),
    run: async (context) => {
      const { signal, tools } = context;
      const kube = await connectApi(context, "required");
      const refs = refsIn(addon.value?.text ?? "", planned.ref.name);
      const readiness = entryOf(await context.catalogue(), planned.ref)?.conditions ?? [];
      await until({
        ...{ what: planned.ref.name, every: 1000, atMost: input.timeout ?? 0, clock: tools.clock, signal },
        hints: [`alpine-k8s addons status ${planned.ref.name}`, "it stays enabled; it may still become ready"],
        check: () => orWait(async () => unmetOf(await lookAtAddon(kube, { refs, readiness }, signal))),
        onReason: (reason) => tellWait(context, reason),
      });
    },
  };
}
