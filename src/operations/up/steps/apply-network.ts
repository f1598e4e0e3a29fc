import { parseManifest } from "../../../addons/manifest.js";
import { kubeOf } from "../../../control-plane/kube-access.js";
import type { ClusterContext } from "../../../engine/context.js";
import { apiMaster, furtherMasters } from "../../../control-plane/masters.js";
import { NETWORK_SUM_ON_NODE } from "../../../nodes/node-paths.js";
import { applyWithRetry } from "../../../control-plane/retry-while-api-unavailable.js";
import type { Step } from "../../../engine/step.js";

/** Applies the network manifest through the API, unless `master.sh` has applied it, which needs kubectl on the node. */
export const applyNetwork: Step<ClusterContext> = {
  title: "Apply the network",
  skip: async (context) => {
    if (!context.network) return "no network add-on is wanted";
    const { facts } = await context.fleet.prepared(apiMaster(context));
    const { sha256 } = context.network;
    // An earlier run may have asked another master and applied another manifest.
    const others = (await furtherMasters(context)).map((session) => session.facts.networkSha256);
    if (others.some((other) => other !== undefined && other !== sha256)) return undefined;
    if (context.networkApplied) return "master.sh has applied it";
    return facts.networkSha256 === sha256 ? "applied already" : undefined;
  },
  run: async (context) => {
    const { network } = context;
    if (!network) return;
    const asked = await context.fleet.prepared(apiMaster(context));
    const kube = await kubeOf(context);
    const objects = parseManifest(network.text, "network.yaml");
    await applyWithRetry(context, kube, objects);
    const others = (await furtherMasters(context)).filter(({ facts }) => facts.state === "finished");
    for (const { host } of [asked, ...others]) {
      await host.putFile(NETWORK_SUM_ON_NODE, `${network.sha256}\n`, { signal: context.signal });
    }
    context.networkApplied = true;
  },
};
