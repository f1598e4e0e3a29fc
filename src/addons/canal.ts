import { isMap, isSeq, parseDocument, type Document, type YAMLMap, type YAMLSeq } from "yaml";
import { AlpineK8sError } from "../base/errors.js";
import { API_HOST } from "../kube/kube-object.js";
import { API_PORT } from "../model/kubeadm/documents.js";
import type { Topology } from "../model/topology/topology.js";
import { minorOf } from "../model/versions/kubernetes.js";
import { KUBERNETES_YAML, splitDocuments } from "./documents.js";
import { ifacePattern } from "./iface-pattern.js";

interface CanalPatch {
  readonly podSubnet: string;
  /** For flannel's --iface-regex, see `ifacePattern`. */
  readonly ifaceRegex: string;
  /** The cluster's endpoint, which each node's hosts file knows. */
  readonly api: { readonly host: string; readonly port: number };
  /** API version of PodDisruptionBudgets in the cluster: `policy/v1`, before Kubernetes 1.21 `policy/v1beta1`. */
  readonly policyVersion: string;
}

/** Fits Canal to a cluster, as {@link patchCanal} does. */
export function fitCanal(text: string, { identity, nodes }: Topology): string {
  const { podSubnet, endpointName, kubernetesVersion, network } = identity;
  return patchCanal(text, {
    podSubnet,
    api: { host: endpointName, port: API_PORT },
    policyVersion: minorOf(kubernetesVersion) < 21 ? "policy/v1beta1" : "policy/v1",
    ifaceRegex: ifacePattern({
      ...(network === undefined ? {} : { network }),
      addresses: nodes.map((node) => node.address),
    }),
  });
}

/**
 * Fits Canal to the cluster, object by object: the pod network in `canal-config`, how flannel finds the cluster's
 * interface, where its containers ask the API, and the API version of disruption budgets. `canal_iface` stays as it is: it holds one name for all nodes.
 * All other documents stay byte for byte. Throws `node` when upstream's objects are not where they have been up to
 * v3.32.
 */
export function patchCanal(text: string, patch: CanalPatch): string {
  const parts = [...splitDocuments(text)];
  change(parts, "ConfigMap", "canal-config", (config) => setPodNetwork(config, patch.podSubnet));
  change(parts, "DaemonSet", "canal", (daemonSet) => {
    setInterface(daemonSet, patch.ifaceRegex);
    setApi(daemonSet, patch.api);
  });
  return parts.map((part) => withPolicyVersion(part, patch.policyVersion)).join("");
}

/** Canal's budgets use nothing that differs between the two versions. */
function withPolicyVersion(part: string, version: string): string {
  const isBudget = /^kind:\s*["']?PodDisruptionBudget\b/m.test(part);
  return isBudget ? part.replace(/^(apiVersion:\s*)policy\/v1\s*$/m, `$1${version}`) : part;
}

function change(parts: string[], kind: string, name: string, patch: (document: Document) => void): void {
  const ofKind = new RegExp(`^kind:\\s*["']?${kind}\\b`, "m");
  for (const [index, part] of parts.entries()) {
    if (!ofKind.test(part)) continue;
    const document = parseDocument(part, KUBERNETES_YAML) as Document;
    if (document.getIn(["metadata", "name"]) !== name) continue;
    patch(document);
    parts[index] = document.toString({ lineWidth: 0, flowCollectionPadding: false });
    return;
  }
  throw changedUpstream(`${kind} ${name}`);
}

function setPodNetwork(config: Document, podSubnet: string): void {
  const path = ["data", "net-conf.json"];
  const settings = jsonObject(config.getIn(path));
  if (!settings) throw changedUpstream("net-conf.json in ConfigMap canal-config");
  config.setIn(path, `${JSON.stringify({ ...settings, Network: podSubnet }, undefined, 2)}\n`);
}

function jsonObject(text: unknown): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(String(text)) as unknown;
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * flannel reads every flag from FLANNELD_<FLAG> and ignores empty values, so the manifest's empty FLANNELD_IFACE does
 * not override ours. --iface-regex is tried on the addresses of all interfaces, then on their names (flannel v0.21.3
 * and v0.24.4, main.go and pkg/ipmatch).
 */
const IFACE_REGEX = "FLANNELD_IFACE_REGEX";

function setInterface(daemonSet: Document, value: string): void {
  const flannel = containersOf(daemonSet, "containers").find((item) => item.get("name") === "kube-flannel");
  if (!isSeq(flannel?.get("env"))) {
    throw changedUpstream("container kube-flannel with an environment in DaemonSet canal");
  }
  setVariable(daemonSet, flannel, IFACE_REGEX, value);
}

/**
 * Lets every container ask the API at the cluster's endpoint. The Service's address, which they would ask, works only
 * once kube-proxy has made its rules: a container that starts a moment earlier waits 30 s and is started again (seen on
 * 1.31). A variable of the manifest wins over the kubelet's own.
 */
function setApi(daemonSet: Document, { host, port }: CanalPatch["api"]): void {
  for (const container of [...containersOf(daemonSet, "initContainers"), ...containersOf(daemonSet, "containers")]) {
    setVariable(daemonSet, container, API_HOST, host);
    setVariable(daemonSet, container, "KUBERNETES_SERVICE_PORT", String(port));
  }
}

function containersOf(daemonSet: Document, list: "containers" | "initContainers"): readonly YAMLMap[] {
  const containers = daemonSet.getIn(["spec", "template", "spec", list]);
  return isSeq(containers) ? containers.items.filter((item): item is YAMLMap => isMap(item)) : [];
}

function setVariable(document: Document, container: YAMLMap, name: string, value: string): void {
  if (!isSeq(container.get("env"))) container.set("env", document.createNode([]));
  const env = container.get("env") as YAMLSeq;
  env.items = env.items.filter((item) => !(isMap(item) && item.get("name") === name));
  env.add(document.createNode({ name, value }));
}

function changedUpstream(what: string): AlpineK8sError {
  return new AlpineK8sError("node", `the Canal manifest has no ${what}, so it cannot be fitted to the cluster`, {
    hints: ["give a manifest of your own: spec.addons: [{name: canal, manifest: FILE}]"],
  });
}
