import { isDeepStrictEqual } from "node:util";
import { fieldsOf, textOf } from "../../kube/fields.js";

/**
 * The first place where a value is not as a schema of kubernetes-json-schema says, in words; undefined when it is. Reads
 * the keys that those schemas have: type, properties, required, additionalProperties, items, enum and oneOf.
 */
export function schemaMismatch(schema: unknown, value: unknown, at = "it"): string | undefined {
  const { type, enum: choices, oneOf } = fieldsOf(schema);
  if (Array.isArray(oneOf) && oneOf.every((one) => schemaMismatch(one, value, at) !== undefined)) {
    return `${at} is of none of the types that are allowed`;
  }
  if (Array.isArray(choices) && !choices.some((one) => isDeepStrictEqual(one, value))) {
    return `${at} is none of what is allowed`;
  }
  const types = [type].flat().flatMap((one) => textOf(one) ?? []);
  if (types.length > 0 && !types.some((one) => isOfType(value, one)))
    return `${at} is not of type ${types.join(" or ")}`;
  if (Array.isArray(value)) return inList(schema, value, at);
  return typeof value === "object" && value !== null ? inObject(schema, fieldsOf(value), at) : undefined;
}

function inList(schema: unknown, value: readonly unknown[], at: string): string | undefined {
  const { items } = fieldsOf(schema);
  const found = value.map((entry, index) => schemaMismatch(items, entry, `${at}[${index}]`));
  return found.find((one) => one !== undefined);
}

function inObject(schema: unknown, value: Readonly<Record<string, unknown>>, at: string): string | undefined {
  const { properties, required, additionalProperties } = fieldsOf(schema);
  const known = fieldsOf(properties);
  const needed = [required].flat().flatMap((key) => textOf(key) ?? []);
  const absent = needed.find((key) => !Object.hasOwn(value, key));
  if (absent !== undefined) return `${at} has no ${absent}`;
  for (const [key, entry] of Object.entries(value)) {
    const isKnown = Object.hasOwn(known, key);
    if (!isKnown && additionalProperties === false) return `${at}.${key} is not known`;
    const found = schemaMismatch(isKnown ? known[key] : additionalProperties, entry, `${at}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isOfType(value: unknown, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}
