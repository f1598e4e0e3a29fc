import { shortened } from "../base/output.js";
import type { KubeObject } from "./kube-object.js";

/** A group of fields that a server sent: any of them may be missing, or of another type than it should be. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a value that a server sent; none where it is no group of fields. */
export function fieldsOf(value: unknown): Fields {
  return isGroup(value) ? value : {};
}

/** The entries of a list that a server sent, without those that are no group of fields. */
export function groupsIn(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isGroup) : [];
}

/** The value if it is text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The fields that are text. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).filter(isText));
}

/** A text for a message, {@link shortened}; empty for what is no text. */
export function wordsOf(value: unknown): string {
  return shortened(textOf(value) ?? "");
}

/** A condition in the status of an object; what is no text is empty. */
export interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastHeartbeatTime: string | undefined;
}

/** The conditions in the status of an object. */
export function statusConditions(object: KubeObject): readonly StatusCondition[] {
  return groupsIn(fieldsOf(object["status"])["conditions"]).map((one) => ({
    type: textOf(one["type"]) ?? "",
    status: textOf(one["status"]) ?? "",
    reason: wordsOf(one["reason"]),
    message: wordsOf(one["message"]),
    lastHeartbeatTime: textOf(one["lastHeartbeatTime"]),
  }));
}

/** The addresses that a node reports for the cluster's own network. */
export function internalAddresses(node: KubeObject | undefined): readonly string[] {
  return groupsIn(fieldsOf(node?.["status"])["addresses"])
    .filter(({ type }) => type === "InternalIP")
    .flatMap(({ address }) => textOf(address) ?? []);
}

export function isGroup(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string";
}
