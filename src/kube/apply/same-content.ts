import { isDeepStrictEqual } from "node:util";
import { isGroup } from "../fields.js";
import type { KubeObject } from "../kube-object.js";

/**
 * Whether an object has what a manifest wants, field by field, lists place by place. What the manifest leaves empty is for
 * others to fill in. A no may be wrong, because the API writes some values in its own way, such as `1000m` as `1`.
 */
export function covers(live: unknown, wanted: unknown): boolean {
  if (isEmpty(wanted) || live === wanted) return true;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return false;
    return wanted.every((one, index) => covers(live[index], one));
  }
  return isGroup(wanted) && isGroup(live) && Object.entries(wanted).every(([key, one]) => covers(live[key], one));
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isGroup(value) && Object.keys(value).length === 0;
}

/** What the API notes itself of an object. */
const NOTED = ["managedFields", "resourceVersion", "generation"];

/** Whether two states of an object differ in nothing that anybody asked for; its status and what the API notes do not count. */
export function hasSameContent(one: KubeObject, other: KubeObject): boolean {
  return isDeepStrictEqual(contentOf(one), contentOf(other));
}

/** Items of a list have neither apiVersion nor kind. */
function contentOf({ metadata, ...fields }: KubeObject): unknown {
  return [without(metadata, NOTED), without(fields, ["apiVersion", "kind", "status"])];
}

function without(fields: object, names: readonly string[]): unknown {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
