import type { KubeObject } from "../kube/kube-object.js";
import { parseManifest } from "./manifest.js";

/**
 * Checks a network manifest of the user's own, which is applied as it is. Returns a warning for each pod network in it
 * that is not the cluster's: pods would have no route. Throws `usage` when it is no manifest.
 */
export function checkOwnManifest(text: string, expected: { podSubnet: string; source: string }): string[] {
  const objects = parseManifest(text, expected.source);
  const others = new Set(objects.flatMap(podNetworks).filter((network) => network !== expected.podSubnet));
  return [...others].map(
    (network) =>
      `${expected.source} carries the pod network ${network}, the cluster's is ${expected.podSubnet}; it is applied as it is`,
  );
}

const CIDR = /^\d+\.\d+\.\d+\.\d+\/\d+$/;

/** Environment variables from which Calico and Weave take the pod network. */
const VARIABLES = ["CALICO_IPV4POOL_CIDR", "IPALLOC_RANGE"];

/** Keys of ConfigMaps that hold the pod network: flannel's and Canal's as JSON, Cilium's as plain text. */
const KEYS = ["net-conf.json", "cluster-pool-ipv4-cidr"];

function podNetworks(object: KubeObject): readonly string[] {
  if (object.kind === "ConfigMap") {
    const data = fieldsOf(object["data"]);
    return KEYS.map((key) => networkIn(data[key])).filter((network) => network !== undefined);
  }
  return variablesOf(object)
    .filter(({ name, value }) => VARIABLES.includes(String(name)) && CIDR.test(String(value)))
    .map(({ value }) => String(value));
}

function networkIn(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = CIDR.test(value.trim()) ? value.trim() : /"Network"\s*:\s*"([^"]+)"/.exec(value)?.[1];
  return text !== undefined && CIDR.test(text) ? text : undefined;
}

function variablesOf(object: KubeObject): readonly Fields[] {
  const pod = fieldsOf(fieldsOf(fieldsOf(object["spec"])["template"])["spec"]);
  return [...listOf(pod["initContainers"]), ...listOf(pod["containers"])].flatMap((one) => listOf(one["env"]));
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}
