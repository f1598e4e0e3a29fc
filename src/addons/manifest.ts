import { parseAllDocuments } from "yaml";
import { AlpineK8sError } from "../errors.js";

/** A Kubernetes object as a manifest holds it. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/**
 * The objects of a manifest, lists taken apart, empty documents left out. Throws `usage` naming the source and the
 * document (counted from 1) that is not YAML or no Kubernetes object.
 */
export function parseManifest(text: string, source: string): readonly ManifestObject[] {
  const documents = parseAllDocuments(text);
  const objects = [...documents].flatMap((document, index) => {
    const [error] = document.errors;
    if (error) throw notUsable(source, index, error.message.split("\n")[0] ?? "");
    const value: unknown = document.toJS();
    return value === null || value === undefined ? [] : flattened(value, source, index);
  });
  if (objects.length === 0) throw notUsable(source, 0, "there is no object in it");
  return objects;
}

function flattened(value: unknown, source: string, index: number): ManifestObject[] {
  const object = value as Partial<ManifestObject> & { items?: unknown };
  if (typeof value !== "object" || typeof object.kind !== "string" || typeof object.apiVersion !== "string") {
    throw notUsable(source, index, "it has no apiVersion and kind");
  }
  if (object.kind.endsWith("List") && Array.isArray(object.items)) {
    return object.items.flatMap((item: unknown) => flattened(item, source, index));
  }
  if (typeof object.metadata?.name !== "string") throw notUsable(source, index, `its ${object.kind} has no name`);
  return [object as ManifestObject];
}

function notUsable(source: string, index: number, why: string): AlpineK8sError {
  return new AlpineK8sError("usage", `${source}: document ${index + 1} is not a Kubernetes manifest: ${why}`, {
    hints: ["correct the manifest, or check that the address gives a manifest and no web page"],
  });
}
