import { textOf, textsOf } from "../../kube/fields.js";
import type { KubeObject, ObjectRef } from "../../kube/kube-object.js";

/** What an add-on has brought to the cluster. */
export interface Inventory {
  /** SHA-256 of the manifest that it was written for. */
  readonly sha256: string;
  /** The release of the catalogue's; empty for a manifest of the user's own. */
  readonly version: string;
  /** In the order in which they are applied. */
  readonly objects: readonly ObjectRef[];
}

const FOLDER = "/api/v1/namespaces/kube-system/configmaps";
const PREFIX = "alpine-k8s-addon-";
const LABEL = "alpine-k8s/addon";

/** All inventories with one request. */
export const INVENTORIES = `${FOLDER}?labelSelector=${encodeURIComponent(LABEL)}`;

/** The path of an add-on's inventory. */
export function inventoryPath(addon: string): string {
  return `${FOLDER}/${PREFIX}${addon}`;
}

/** The ConfigMap that holds an inventory: each object on a line, with `-` for no namespace. */
export function inventoryObject(addon: string, { sha256, version, objects }: Inventory): KubeObject {
  return {
    ...{ apiVersion: "v1", kind: "ConfigMap" },
    metadata: { ...inventoryRef(addon).metadata, labels: { [LABEL]: addon } },
    data: { sha256, version, objects: objects.map((object) => `${lineOf(object)}\n`).join("") },
  };
}

/** What the ConfigMap that holds an inventory is called. */
export function inventoryRef(addon: string): ObjectRef {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${PREFIX}${addon}`, namespace: "kube-system" } };
}

/** The add-on whose inventory this object is. */
export function addonOf({ metadata }: KubeObject): string | undefined {
  const name = textOf(metadata.name) ?? "";
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
}

/** The inventory in its ConfigMap; lines that are none are left out. */
export function inventoryIn(object: KubeObject): Inventory {
  const { sha256 = "", version = "", objects = "" } = textsOf(object["data"]);
  return { sha256, version, objects: objects.split("\n").flatMap(refIn) };
}

/** What the objects of a manifest are called. */
export function refsOf(objects: readonly KubeObject[]): readonly ObjectRef[] {
  return objects.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    ...{ apiVersion, kind },
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  }));
}

/** The objects of the first, then those of the second that the first does not have. */
export function united(first: readonly ObjectRef[], second: readonly ObjectRef[]): readonly ObjectRef[] {
  return [...first, ...without(second, first)];
}

/** Those that the others do not have. A kind in another version of its group is the same. */
export function without(refs: readonly ObjectRef[], others: readonly ObjectRef[]): readonly ObjectRef[] {
  return refs.filter((ref) => !others.some((other) => isSame(ref, other)));
}

/** Kinds of this group have moved to others, and their objects with them. */
const MOVED = "extensions";

function isSame(one: ObjectRef, other: ObjectRef): boolean {
  const groups = [groupOf(one), groupOf(other)];
  return (
    (groups[0] === groups[1] || groups.includes(MOVED)) &&
    one.kind === other.kind &&
    one.metadata.name === other.metadata.name &&
    (one.metadata.namespace ?? "default") === (other.metadata.namespace ?? "default")
  );
}

function groupOf({ apiVersion }: ObjectRef): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

function lineOf({ apiVersion, kind, metadata: { namespace = "-", name } }: ObjectRef): string {
  return [apiVersion, kind, namespace, name].join(" ");
}

function refIn(line: string): ObjectRef[] {
  const [apiVersion, kind, namespace, name, ...more] = line.split(" ");
  if (apiVersion === undefined || kind === undefined || namespace === undefined || name === undefined) return [];
  if (more.length > 0) return [];
  return [{ apiVersion, kind, metadata: { name, ...(namespace === "-" ? {} : { namespace }) } }];
}
