import { AlpineK8sError, messageOf } from "../base/errors.js";
import type { KubeObject } from "../kube/kube-object.js";
import { parseDocuments } from "./documents.js";

/** Characters of texts whose objects are remembered; a second reading of all is as good when there are more. */
const MOST_REMEMBERED = 4 * 1024 * 1024;
const remembered = new Map<string, readonly KubeObject[]>();
let size = 0;

/**
 * The objects of a manifest, lists expanded, empty documents left out. They are frozen, and those of a text that was read
 * before are the same: a run looks into the documents of a manifest for one thing after the other. Throws `usage` naming
 * the source and the document (counted from 1) that is not YAML or not a Kubernetes object.
 */
export function parseManifest(text: string, source: string): readonly KubeObject[] {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const objects = frozen(readManifest(text, source));
  if (size + text.length <= MOST_REMEMBERED) {
    size += text.length;
    remembered.set(text, objects);
  }
  return objects;
}

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const one of Object.values(value)) frozen(one);
  return value;
}

function readManifest(text: string, source: string): readonly KubeObject[] {
  const objects = parseDocuments(text).flatMap((document, index) => {
    const [error] = document.errors;
    if (error) throw notUsable(source, index, firstLine(error.message));
    return flattened(
      plain(() => document.toJS() as unknown, source, index),
      source,
      index,
    );
  });
  if (objects.length === 0) throw notUsable(source, 0, "there is no object in it");
  return objects;
}

function plain(read: () => unknown, source: string, index: number): unknown {
  try {
    return read();
  } catch (error) {
    // Unresolved aliases, and aliases that expand without end, show only here.
    throw notUsable(source, index, firstLine(messageOf(error)));
  }
}

function flattened(value: unknown, source: string, index: number): KubeObject[] {
  if (value === null || value === undefined) return [];
  const object = value as Partial<KubeObject> & { items?: unknown };
  if (typeof value !== "object" || typeof object.kind !== "string" || typeof object.apiVersion !== "string") {
    throw notUsable(source, index, "it has no apiVersion and kind");
  }
  if (object.kind.endsWith("List") && object.items === null) return [];
  if (object.kind.endsWith("List") && Array.isArray(object.items)) {
    return object.items.flatMap((item: unknown) => flattened(item, source, index));
  }
  if (typeof object.metadata?.name !== "string") throw notUsable(source, index, `its ${object.kind} has no name`);
  return [object as KubeObject];
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/:$/, "");
}

function notUsable(source: string, index: number, why: string): AlpineK8sError {
  return new AlpineK8sError("usage", `${source}: document ${index + 1} is not a Kubernetes manifest: ${why}`, {
    hints: ["correct the manifest, or check that the address returns a manifest, not a web page"],
  });
}
