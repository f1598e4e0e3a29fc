import type { ClusterStatus } from "../../operations/status.js";
import { section, table } from "./table.js";

/** The status as people read it. */
export function statusText(status: ClusterStatus): string {
  const header = ["node", "role", "address", "machine", "kubernetes", "kubelet", "alpine", "clock"];
  const nodes = status.nodes.map((node) => [
    ...[node.name, node.role, node.address, node.machine, node.kubernetes, node.kubelet, node.alpine],
    node.clockOffset === null ? "-" : `${node.clockOffset >= 0 ? "+" : ""}${node.clockOffset.toFixed(1)} s`,
  ]);
  const conditions = status.conditions.map(({ id, met, reason }, index) => {
    // An API that does not answer is the reason of all.
    const isSame = reason !== "" && reason === status.conditions[index - 1]?.reason;
    return [id, met ? "met" : "not met", isSame ? "the same" : reason];
  });
  return [
    `Cluster ${status.cluster}: Kubernetes ${status.kubernetesVersion}, provider ${status.provider}.`,
    "",
    table(header, nodes),
    "",
    table(["condition", "state", "reason"], conditions),
    ...section("Notice from the nodes:", status.notices),
    ...section("A newer version of the box, for machines that are still to be made:", newerBoxLines(status)),
    ...section("alpine-k8s up would:", status.upWould),
    ...(status.upWould.length === 0 ? ["", "alpine-k8s up has nothing to do."] : []),
    ...(isWaitingForAddons(status)
      ? ["", "Add-ons are not ready yet; to wait for them: alpine-k8s up --wait addons"]
      : []),
  ].join("\n");
}

function isWaitingForAddons({ healthy, conditions }: ClusterStatus): boolean {
  return healthy && conditions.some(({ met }) => !met);
}

function newerBoxLines({ newerBox }: ClusterStatus): readonly string[] {
  if (newerBox === null) return [];
  const { box, provider, version, newer } = newerBox;
  return [`${box} ${newer}, here is ${version}: vagrant box update --box '${box}' --provider ${provider}`];
}
