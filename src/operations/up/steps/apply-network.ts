import { networkOf, type Addon } from "../../../addons/addon.js";
import { parseManifest } from "../../../addons/manifest.js";
import { planAddons } from "../../../addons/plan.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import type { ClusterContext } from "../../../engine/context.js";
import { apiMaster, furtherMasters } from "../../../control-plane/masters.js";
import type { MadeMaster } from "../../../control-plane/make-master.js";
import { runsApi, seenMasters } from "../../../control-plane/seen-masters.js";
import { maybe, overall } from "../../../engine/item.js";
import { NETWORK_SUM_ON_NODE } from "../../../nodes/node-paths.js";
import { applyWithRetry } from "../../../control-plane/retry-while-api-unavailable.js";
import type { OwnResult, Result } from "../../../engine/result.js";
import type { Step } from "../../../engine/step.js";
import { isHidden, type SeenNode } from "../../../nodes/seen-nodes.js";

interface Results {
  readonly addons: Result<readonly Addon[]>;
  readonly made: Result<MadeMaster>;
  /** SHA-256 of the manifest that this run has applied, here or by `master.sh`. */
  readonly applied: OwnResult<string>;
}

/** Applies the network manifest through the API, unless `master.sh` has applied it, which needs kubectl on the node. */
export function applyNetwork({ addons, made, applied }: Results): Step<ClusterContext> {
  return {
    id: "apply-network",
    title: "Apply the network",
    plan: async (context) => {
      const wanted = networkOf(planAddons(context.spec))?.ref;
      if (!wanted) return "no network add-on is wanted";
      const item = overall("apply", `apply the network ${wanted.name}`);
      const network = networkOf(addons.value);
      if (!network) return [maybe(item, "once its manifest is downloaded, where it has not been applied")];
      const { asked, others } = await seenMasters(context);
      const { sha256 } = network;
      // Another master that was asked meanwhile may have been told of another manifest.
      if (others.map(sumOf).some((other) => other !== undefined && other !== sha256)) return [item];
      if (made.value?.hasNetwork === true) {
        applied.give(sha256);
        return "master.sh has applied it";
      }
      if (sumOf(asked) !== sha256) {
        const isLeftToUs = context.api.isNew || ("session" in asked && runsApi(asked.session));
        return [isLeftToUs ? item : maybe(item, `where ${asked.node.name} cannot do it itself`)];
      }
      const hidden = others.find(isHidden);
      return hidden === undefined ? "applied already" : [maybe(item, `where ${hidden.node.name} has another manifest`)];
    },
    run: async (context) => {
      const network = networkOf(addons.value);
      if (!network) return;
      const asked = await context.fleet.prepared(apiMaster(context));
      const kube = await connectApi(context, "prepared");
      const objects = parseManifest(network.text, "network.yaml");
      await applyWithRetry(context, kube, objects);
      const others = (await furtherMasters(context)).filter(({ facts }) => facts.state === "finished");
      for (const { host } of [asked, ...others]) {
        await host.putFile(NETWORK_SUM_ON_NODE, `${network.sha256}\n`, { signal: context.signal });
      }
      applied.give(network.sha256);
    },
  };
}

function sumOf(seen: SeenNode): string | undefined {
  return "session" in seen ? seen.session.facts.networkSha256 : undefined;
}
