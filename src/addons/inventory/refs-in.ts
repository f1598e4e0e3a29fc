import { setImmediate } from "node:timers/promises";
import type { KubeObject, ObjectRef } from "../../kube/kube-object.js";
import { splitDocuments } from "../documents.js";
import { parseManifest } from "../manifest.js";
import { refsOf } from "./inventory.js";

/**
 * What the objects of a manifest are called, in its order. Documents in plain block style are not parsed, which for
 * Canal's definitions saves most of a second. Throws `usage` when there is no object in the text.
 */
export function refsIn(text: string, source: string): readonly ObjectRef[] {
  const parts = splitDocuments(text).filter(holdsSomething);
  const plain = parts.map(plainRef);
  if (parts.length === 0 || plain.some((ref) => ref === undefined)) return refsOf(parseManifest(text, source));
  return plain.filter((ref) => ref !== undefined);
}

/** A manifest as far as it is read without its definitions. */
export interface ReadManifest {
  /** What all objects are called. */
  readonly refs: readonly ObjectRef[];
  /** All but CustomResourceDefinitions in plain block style, which are most of a long manifest. */
  readonly objects: readonly KubeObject[];
}

/**
 * Reads the objects of a manifest but for its definitions, piece by piece: what else is under way goes on meanwhile. Throws
 * `usage` like {@link parseManifest}.
 */
export async function besidesDefinitions(text: string, source: string): Promise<ReadManifest> {
  const refs: ObjectRef[] = [];
  const objects: KubeObject[] = [];
  for (const part of splitDocuments(text).filter(holdsSomething)) {
    const ref = plainRef(part);
    if (ref?.kind === "CustomResourceDefinition") refs.push(ref);
    else {
      await setImmediate();
      const found = parseManifest(part, source);
      objects.push(...found);
      refs.push(...refsOf(found));
    }
  }
  return { refs, objects };
}

function holdsSomething(part: string): boolean {
  return part.split("\n").some((line) => !/^(?:---\s*)?(?:#.*)?$/.test(line.trim()));
}

/** Undefined for a document that is not in plain block style, which only a parser reads. */
function plainRef(part: string): ObjectRef | undefined {
  const apiVersion = only(part, /^apiVersion:[ \t]*(["']?)([\w./-]+)\1[ \t]*$/gm);
  const kind = only(part, /^kind:[ \t]*(["']?)(\w+)\1[ \t]*$/gm);
  const [, metadata] = /^metadata:[ \t]*\n((?:[ \t]+.*(?:\n|$)|[ \t]*\n)+)/m.exec(part) ?? [];
  if (apiVersion === undefined || kind === undefined || metadata === undefined || kind.endsWith("List"))
    return undefined;
  const indent = /^ +/.exec(metadata)?.[0];
  if (indent === undefined) return undefined;
  const name = fieldOf(metadata, indent, "name");
  const namespace = fieldOf(metadata, indent, "namespace");
  if (name === undefined || name === "" || namespace === "") return undefined;
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

function only(text: string, pattern: RegExp): string | undefined {
  const found = [...text.matchAll(pattern)];
  return found.length === 1 ? found[0]?.[2] : undefined;
}

/** Undefined when the key is not there, empty when its value is not plain. */
function fieldOf(metadata: string, indent: string, key: string): string | undefined {
  const [, value] = new RegExp(`^${indent}${key}:(.*)$`, "m").exec(metadata) ?? [];
  if (value === undefined) return undefined;
  return /^[ \t]*(["']?)([\w.:-]+)\1[ \t]*$/.exec(value)?.[2] ?? "";
}
