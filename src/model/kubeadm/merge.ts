import { AlpineK8sError } from "../../base/errors.js";
import type { KubeadmApiVersion } from "../versions/facts.js";

export type Fields = Readonly<Record<string, unknown>>;

/** An argument of a Kubernetes program, its name without dashes. */
export interface Argument {
  readonly name: string;
  readonly value: string;
}

/** Keys whose value is a list of arguments: a map up to v1beta3, a list of name and value in v1beta4. */
const ARGUMENT_KEYS: readonly string[] = ["extraArgs", "kubeletExtraArgs"];

/**
 * Our document merged with the user's fields: groups merge deeply, arguments by name in either form, other lists are
 * replaced, and the user's value wins. Throws `usage` naming the path when arguments are malformed.
 */
export function mergeDocument(ours: Fields, users: Fields, apiVersion: KubeadmApiVersion, path: string): Fields {
  const keys = [...new Set([...Object.keys(ours), ...Object.keys(users)])];
  return Object.fromEntries(
    keys.map((key) => [key, mergeValue(key, own(ours, key), own(users, key), apiVersion, `${path}.${key}`)]),
  );
}

function own(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function mergeValue(key: string, ours: unknown, users: unknown, apiVersion: KubeadmApiVersion, path: string): unknown {
  if (ARGUMENT_KEYS.includes(key)) {
    return formatArguments(mergeArguments(argumentsOf(ours, path), argumentsOf(users, path)), apiVersion, path);
  }
  if (isFields(users) && (isFields(ours) || ours === undefined))
    return mergeDocument(ours ?? {}, users, apiVersion, path);
  if (isFields(ours) && users === undefined) return mergeDocument(ours, {}, apiVersion, path);
  return users === undefined || users === null ? ours : users;
}

/** The user's arguments replace all of ours with the same name; the others keep their order. */
function mergeArguments(ours: readonly Argument[], users: readonly Argument[]): readonly Argument[] {
  const named = new Set(users.map((argument) => argument.name));
  return [...ours.filter((argument) => !named.has(argument.name)), ...users];
}

/** Reads arguments in either form, without dashes before their names. Throws `usage` when they are malformed. */
export function argumentsOf(value: unknown, path: string): readonly Argument[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) {
    return value.map((entry: unknown, index) => {
      if (isFields(entry) && typeof entry.name === "string")
        return argument(entry.name, entry.value ?? "", `${path}[${index}]`);
      throw malformed(`${path}[${index}]`, "must have a name and a value");
    });
  }
  if (isFields(value)) return Object.entries(value).map(([name, entry]) => argument(name, entry, `${path}.${name}`));
  throw malformed(path, "must be a map of arguments or a list of name and value");
}

function argument(name: string, value: unknown, path: string): Argument {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    throw malformed(path, "must have text as its value");
  }
  return { name: name.replace(/^-+/, ""), value: String(value) };
}

/** Arguments in the form of the API version. Throws `usage` for a repeated name, which only v1beta4 can express. */
export function formatArguments(list: readonly Argument[], apiVersion: KubeadmApiVersion, path: string): unknown {
  if (apiVersion === "v1beta4") return list;
  const twice = list.find((entry, index) => list.findIndex((other) => other.name === entry.name) < index);
  if (twice !== undefined)
    throw malformed(path, `names ${twice.name} twice, which kubeadm's ${apiVersion} has no form for`);
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

function malformed(path: string, what: string): AlpineK8sError {
  return new AlpineK8sError("usage", `${path}: ${what}`, {
    hints: ["correct it in alpine-k8s.yaml; see docs/spec.md"],
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
