import { parseDocument, stringify } from "yaml";
import { fieldsOf, textOf } from "../../kube/fields.js";
import { describeObject, type KubeObject } from "../../kube/kube-object.js";
import { KUBERNETES_YAML, splitDocuments } from "../documents.js";
import { parseManifest } from "../manifest.js";

/** Kinds of Kubernetes' own that are in no namespace (`kubectl api-resources --namespaced=false` of 1.20 to 1.37). */
const OF_THE_CLUSTER = [
  ...["Namespace", "Node", "PersistentVolume", "ComponentStatus", "CustomResourceDefinition", "APIService"],
  ...["ClusterRole", "ClusterRoleBinding", "PodSecurityPolicy", "PriorityClass", "RuntimeClass", "IngressClass"],
  ...["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy"],
  ...["ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"],
  ...["StorageClass", "CSIDriver", "CSINode", "VolumeAttachment", "VolumeAttributesClass", "IPAddress", "ServiceCIDR"],
  ...["FlowSchema", "PriorityLevelConfiguration", "CertificateSigningRequest", "ClusterTrustBundle"],
  ...["DeviceClass", "ResourceSlice", "DeviceTaintRule", "StorageVersion", "StorageVersionMigration"],
];

/** Kubernetes' own API groups besides the core. Others are of definitions, whatever their name ends with. */
const GROUPS = [
  ...["apps", "batch", "autoscaling", "policy", "extensions"],
  ...[
    "admissionregistration",
    "apiextensions",
    "apiregistration",
    "certificates",
    "coordination",
    "discovery",
    "events",
  ]
    .concat(["networking", "node", "rbac.authorization", "resource", "scheduling", "storage", "flowcontrol.apiserver"])
    .map((group) => `${group}.k8s.io`),
];

/** Namespaces that every cluster has. */
const THERE = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** Objects that belong into a namespace and name none, and those of which that is not known. */
export interface Bare {
  readonly bare: readonly KubeObject[];
  readonly unknown: readonly KubeObject[];
}

/** Looks for objects that name no namespace; those of a custom kind are known by definitions among them. */
export function withoutNamespace(objects: readonly KubeObject[]): Bare {
  const scopes = new Map(objects.flatMap(definedScope));
  const scopeOf = ({ apiVersion, kind }: KubeObject): string | undefined => {
    const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
    if (group !== "" && !GROUPS.includes(group)) return scopes.get(`${group}/${kind}`);
    return OF_THE_CLUSTER.includes(kind) ? "Cluster" : "Namespaced";
  };
  const named = objects.filter(({ metadata }) => metadata.namespace === undefined);
  return {
    bare: named.filter((object) => scopeOf(object) === "Namespaced"),
    unknown: named.filter((object) => scopeOf(object) === undefined),
  };
}

function definedScope({ kind, spec }: KubeObject): [string, string][] {
  const { group, names, scope } = fieldsOf(spec);
  const of = textOf(fieldsOf(names)["kind"]);
  return kind === "CustomResourceDefinition" && of !== undefined ? [[`${String(group)}/${of}`, String(scope)]] : [];
}

/**
 * Puts these objects of a manifest into a namespace, and leaves all other documents byte for byte. Throws `usage` for what is
 * no manifest.
 */
export function putInto(namespace: string, text: string, objects: readonly KubeObject[], source: string): string {
  const isMeant = (object: unknown): boolean =>
    objects.some(
      ({ apiVersion, kind, metadata }) =>
        fieldsOf(object)["apiVersion"] === apiVersion &&
        fieldsOf(object)["kind"] === kind &&
        fieldsOf(fieldsOf(object)["metadata"])["name"] === metadata.name &&
        fieldsOf(fieldsOf(object)["metadata"])["namespace"] === undefined,
    );
  const parts = splitDocuments(text).map((part) => {
    const document = parseDocument(part, KUBERNETES_YAML);
    const content: unknown = document.toJS();
    if (isMeant(content)) {
      document.setIn(["metadata", "namespace"], namespace);
      return document.toString({ lineWidth: 0 });
    }
    if (content === null || !Array.isArray(fieldsOf(content)["items"])) return part;
    const items = parseManifest(part, source);
    if (!items.some(isMeant)) return part;
    const moved = items.map((item) => (isMeant(item) ? { ...item, metadata: { ...item.metadata, namespace } } : item));
    return moved.map((item) => `---\n${stringify(item, { ...KUBERNETES_YAML, lineWidth: 0 })}`).join("");
  });
  return parts.map((part, index) => (index === 0 || part.startsWith("---") ? part : `---\n${part}`)).join("");
}

/** The namespace as a document to begin a manifest with; empty where every cluster has it, or one of the objects makes it. */
export function namespaceDocument(namespace: string, objects: readonly KubeObject[]): string {
  const isMade = objects.some(({ kind, metadata }) => kind === "Namespace" && metadata.name === namespace);
  if (isMade || THERE.includes(namespace)) return "";
  return `---\n${stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })}`;
}

/** What is to be known of objects that name no namespace. */
export function namespaceWarnings({ bare, unknown }: Bare, namespace: string | undefined): readonly string[] {
  const list = (objects: readonly KubeObject[]): string => {
    const [names, more] = [objects.slice(0, 3).map((object) => describeObject(object)), objects.length - 3];
    return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
  };
  if (namespace !== undefined) {
    return unknown.length === 0
      ? []
      : [`${list(unknown)}: whether such an object is in a namespace is not known; it is left without one`];
  }
  return bare.length === 0
    ? []
    : [`without a namespace, and so in default: ${list(bare)}; for another one: --namespace NAME`];
}
