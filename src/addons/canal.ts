import { parseAllDocuments, type Document } from "yaml";
import { AlpineK8sError } from "../errors.js";

export interface CanalPatch {
  readonly podSubnet: string;
  /** For flannel's --iface-regex, see {@link ifacePattern}. */
  readonly ifaceRegex: string;
}

/**
 * Fits Canal to the cluster, object by object: the pod network in `canal-config`, and how flannel finds the cluster's
 * interface. Everything else is left as upstream has it. Throws `node` when upstream's objects are not where they
 * have been up to v3.32.
 */
export function patchCanal(text: string, patch: CanalPatch): string {
  const documents = [...parseAllDocuments(text)] as Document[];
  const config = find(documents, "ConfigMap", "canal-config");
  const netConf = config.getIn(["data", "net-conf.json"]);
  if (typeof netConf !== "string") throw changedUpstream("data.net-conf.json of ConfigMap canal-config");
  const parsed = JSON.parse(netConf) as Record<string, unknown>;
  config.setIn(["data", "net-conf.json"], `${JSON.stringify({ ...parsed, Network: patch.podSubnet }, undefined, 2)}\n`);

  const daemonSet = find(documents, "DaemonSet", "canal");
  const containers = daemonSet.toJS() as Shape;
  const index = containers.spec?.template?.spec?.containers?.findIndex((one) => one.name === "kube-flannel") ?? -1;
  if (index < 0) throw changedUpstream("container kube-flannel of DaemonSet canal");
  const env = ["spec", "template", "spec", "containers", index, "env"];
  // flannel reads every flag from FLANNELD_<FLAG>; its regex is matched against names and addresses of interfaces.
  daemonSet.addIn(env, daemonSet.createNode({ name: "FLANNELD_IFACE_REGEX", value: patch.ifaceRegex }));
  return documents.map((document) => document.toString({ lineWidth: 0 })).join("---\n").replace(/^(---\n)+/, "");
}

interface Shape {
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly { readonly name?: string }[] } } };
}

function find(documents: readonly Document[], kind: string, name: string): Document {
  const found = documents.find(
    (document) => document.get("kind") === kind && document.getIn(["metadata", "name"]) === name,
  );
  if (!found) throw changedUpstream(`${kind} ${name}`);
  return found;
}

function changedUpstream(what: string): AlpineK8sError {
  return new AlpineK8sError("node", `the Canal manifest has no ${what}, so it cannot be fitted to the cluster`, {
    hints: ["give a manifest of your own: spec.addons: [{name: canal, manifest: FILE}]"],
  });
}

/**
 * A pattern that matches the address of every node's cluster interface and no other, so that nodes whose interfaces
 * have different names can share one manifest: by the cluster network's whole octets, or address by address.
 */
export function ifacePattern(cluster: { network?: string; addresses: readonly string[] }): string {
  const [base = "", bits = "32"] = (cluster.network ?? "").split("/");
  const octets = Math.floor(Number(bits) / 8);
  if (cluster.network === undefined || octets === 0) {
    return `^(${cluster.addresses.map((address) => address.replaceAll(".", "\\.")).join("|")})$`;
  }
  return `^${base.split(".").slice(0, octets).join("\\.")}\\.`;
}
