import { parseManifest } from "../../addons/manifest.js";
import { kubeOf } from "../kube-access.js";
import type { ClusterContext } from "../context.js";
import { masters } from "../nodes.js";
import { patiently } from "../patiently.js";
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
    const { network } = context;
    if (!network) return;
    const { host } = await context.fleet.prepared(masters(context.topology).first);
    const kube = await kubeOf(context);
    const objects = parseManifest(network.text, "network.yaml");
    await patiently(context, () => kube.apply(objects, "alpine-k8s", context.signal));
    await host.putFile("/etc/alpine-k8s/network.sha256", `${network.sha256}\n`, { signal: context.signal });
  },
};
