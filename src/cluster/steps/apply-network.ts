import { parseManifest } from "../../addons/manifest.js";
import { kubeOf } from "../kube-access.js";
import type { ClusterContext } from "../context.js";
import { masters } from "../nodes.js";
import type { Step } from "../step.js";

/**
 * Sees to the network manifest: `master.sh` has applied it where the node has kubectl; otherwise it goes through the
 * API from here.
 */
export const applyNetwork: Step<ClusterContext> = {
  title: "Apply the network",
  skip: async (context) => {
    if (!context.network) return "no network add-on is wanted";
    const { facts } = await context.fleet.prepared(masters(context.topology).first);
    if (context.networkApplied) return "master.sh has applied it";
    return facts.networkSha256 === context.network.sha256 ? "applied already" : undefined;
  },
  run: async (context) => {
    if (!context.network) return;
    const { host } = await context.fleet.prepared(masters(context.topology).first);
    const kube = await kubeOf(context);
    await kube.apply(parseManifest(context.network.text, "network.yaml"), "alpine-k8s", context.signal);
    await host.putFile("/etc/alpine-k8s/network.sha256", `${context.network.sha256}\n`, { signal: context.signal });
  },
};
