import { NETWORK_ADDONS } from "../addon-names.js";
import type { ClusterSpec, KubeadmKind } from "../cluster-spec.js";
import type { Owned } from "./owned-fields.js";
import { isGroup } from "../schema.js";

/** Phases that nothing else relies on, of `kubeadm init` and `kubeadm join` in any version. */
const SPARE_PHASES: readonly string[] = [
  ...["preflight", "show-join-command", "upload-certs", "mark-control-plane"],
  ...["control-plane-join/mark-control-plane", "control-plane-join/update-status"],
];
const KUBE_PROXY_PHASE = "addon/kube-proxy";

const WITHOUT_PROXY =
  "without kube-proxy nobody answers for Services, CoreDNS among their users: bring a network that does, by an add-on " +
  "with a manifest of your own, or say spec.network: none";

/** Phases of kubeadm that the user leaves out although the cluster needs what they do. */
export function phaseProblems(
  kind: KubeadmKind,
  document: Readonly<Record<string, unknown>>,
  spec: ClusterSpec,
): readonly Owned[] {
  if (kind === "ClusterConfiguration") {
    const leavesOut = isGroup(document.proxy) && document.proxy.disabled === true;
    return leavesOut && hasCatalogueNetwork(spec) ? [{ path: ["proxy", "disabled"], why: WITHOUT_PROXY }] : [];
  }
  if (kind !== "InitConfiguration" && kind !== "JoinConfiguration") return [];
  if (!Array.isArray(document.skipPhases)) return [];
  return document.skipPhases.flatMap((phase: unknown, index) => {
    const why = whyNeeded(String(phase), spec);
    return why === undefined ? [] : [{ path: ["skipPhases", index], why }];
  });
}

function whyNeeded(phase: string, spec: ClusterSpec): string | undefined {
  if (phase === KUBE_PROXY_PHASE) return hasCatalogueNetwork(spec) ? WITHOUT_PROXY : undefined;
  if (SPARE_PHASES.includes(phase) || phase.startsWith("preflight/")) return undefined;
  return `the cluster needs what ${phase} does; these may be skipped: ${[...SPARE_PHASES, KUBE_PROXY_PHASE].join(", ")}`;
}

/** Whether the pod network comes from the catalogue, whose networks leave Services to kube-proxy. */
export function hasCatalogueNetwork({ network, addons }: ClusterSpec): boolean {
  return (
    network !== "none" && addons.some(({ name, manifest }) => manifest === undefined && NETWORK_ADDONS.includes(name))
  );
}
