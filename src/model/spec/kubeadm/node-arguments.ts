import type { ClusterSpec } from "../cluster-spec.js";
import { labelKey, labelValue, nodeLabelKey } from "../formats.js";

type Nodes = Pick<ClusterSpec, "nodes" | "hosts">;

/** Why what a kubelet says of its own node may contradict the spec. */
export const NODE_WHY = {
  labels:
    "it would replace the labels of spec.nodes and spec.hosts: say all of them there; and a node cannot give itself what " +
    "is reserved for Kubernetes",
  taints: "it would replace the taints of spec.nodes and spec.hosts, or leave them out: say all of them there",
  providerId: "a provider's id is one machine's, and the document is for several",
  cloud:
    "nodes would wait for a controller of the cloud before they take pods: external needs one, an add-on with a manifest " +
    "of your own",
} as const;

/** `key=value,…` that the kubelet takes, where the spec gives no node labels of its own. */
export function labelsFit(value: string, spec: Nodes): boolean {
  const isEmpty = sources(spec).every(({ labels = {} }) => Object.keys(labels).length === 0);
  return isEmpty && value.split(",").every((entry) => isLabel(entry.trim()));
}

function isLabel(entry: string): boolean {
  const at = entry.indexOf("=");
  if (at === -1) return false;
  return [nodeLabelKey.validate(entry.slice(0, at)), labelValue.validate(entry.slice(at + 1))].every(
    (wrong) => wrong === undefined,
  );
}

const TAINT = /^([^=:]+)(?:=([^=:]*))?:(?:NoSchedule|PreferNoSchedule|NoExecute)$/;

/** `key=value:effect,…` that the kubelet takes, where the spec gives no node taints of its own. */
export function taintArgumentFits(value: string, spec: Nodes): boolean {
  return noTaints(spec) && value.split(",").every((entry) => isTaint(entry.trim()));
}

function isTaint(entry: string): boolean {
  const [, key = "", value = ""] = TAINT.exec(entry) ?? [];
  return labelKey.validate(key) === undefined && labelValue.validate(value) === undefined;
}

/** Whether the spec gives no node taints of its own. */
export function noTaints(spec: Nodes): boolean {
  return sources(spec).every(({ taints = [] }) => taints.length === 0);
}

/** Whoever may give nodes labels and taints. */
function sources({
  nodes,
  hosts,
}: Nodes): readonly { labels?: Readonly<Record<string, string>>; taints?: readonly unknown[] }[] {
  return [nodes.masters, nodes.minions, ...nodes.list, ...hosts];
}

/** No cloud, or an external one beside an add-on that can be its controller. */
export function cloudFits(value: string, { addons }: Pick<ClusterSpec, "addons">): boolean {
  return value === "" || (value === "external" && addons.some(({ manifest }) => manifest !== undefined));
}
