import { fieldsOf, textOf, textsOf } from "../kube/fields.js";
import type { KubeObject } from "../kube/kube-object.js";

/** What a user may do: in a namespace, or with `cluster-admin` everything. They are cluster roles of Kubernetes. */
const ROLES = ["view", "edit", "admin", "cluster-admin"] as const;
export type Role = (typeof ROLES)[number];

/** How a user proves who it is. */
const KINDS = ["token", "certificate"] as const;
export type Kind = (typeof KINDS)[number];

/** Where the private key of a certificate is: in the kubeconfig that was written, or with the colleague alone. */
const KEYS = ["kubeconfig", "elsewhere"] as const;

/** What was asked for when a user was added. */
export interface Wish {
  readonly name: string;
  readonly role: Role;
  /** Null for `cluster-admin`. */
  readonly namespace: string | null;
  /** As it was given, `cpu=2,pods=20`, in the order of {@link parseQuota}; null for none. */
  readonly quota: string | null;
  readonly kind: Kind;
  /** Null for a certificate whose life Kubernetes does not let us choose. */
  readonly days: number | null;
}

/** A user as the cluster's record has it. */
export interface User extends Wish {
  /** Tells one token or certificate of a user from those before it; empty as long as there was none. */
  readonly issue: string;
  /** The issue that is being made; empty when none is. */
  readonly next: string;
  /** When the last token or certificate ends: RFC 3339; empty as long as there was none. */
  readonly expires: string;
  /** Null for a token. */
  readonly key: (typeof KEYS)[number] | null;
  /** PEM of the certificate; null for a token. */
  readonly certificate: string | null;
}

/** In whose name objects of users are applied. */
export const MANAGER = "alpine-k8s";

/**
 * The namespace of accounts and records. No role that we give reaches into it: with an account in their own namespace,
 * people who may edit there could make a token for it that never ends.
 */
export const USERS_NAMESPACE = "alpine-k8s-users";

/** The label that names the user to whom an object belongs. */
export const USER_LABEL = "alpine-k8s/user";

const MANAGED = { "app.kubernetes.io/managed-by": "alpine-k8s" };

/** Path of the records of all users. */
export const RECORDS = `/api/v1/namespaces/${USERS_NAMESPACE}/configmaps`;

/** The name of a user's objects; of those that are made anew with each token or certificate with its issue. */
export function objectName(user: string, issue?: string): string {
  return `alpine-k8s-user-${user}${issue === undefined ? "" : `-${issue}`}`;
}

/** The labels of a user's objects. */
export function labelsOf(user: string): Readonly<Record<string, string>> {
  return { ...MANAGED, [USER_LABEL]: user };
}

/** Whether an object is this user's, by its labels. */
export function belongsTo(user: string, { metadata }: KubeObject): boolean {
  return isManaged({ metadata }) && textsOf(metadata["labels"])[USER_LABEL] === user;
}

/** Whether the object's label says that it is ours. */
export function isManaged({ metadata }: Pick<KubeObject, "metadata">): boolean {
  return textsOf(metadata["labels"])["app.kubernetes.io/managed-by"] === "alpine-k8s";
}

/** The namespace of accounts and records. */
export function usersNamespace(): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name: USERS_NAMESPACE, labels: MANAGED } };
}

/** The record of a user. */
export function recordOf(user: User): KubeObject {
  const { name } = user;
  return {
    ...{ apiVersion: "v1", kind: "ConfigMap" },
    metadata: { name: objectName(name), namespace: USERS_NAMESPACE, labels: labelsOf(name) },
    data: { user: JSON.stringify(user, undefined, 2) },
  };
}

/** The user of a record; undefined when it is none, or nobody can read it. */
export function userIn(record: KubeObject): User | undefined {
  const read = parsed(textsOf(record["data"])["user"]);
  const text = (name: string): string | null => textOf(read[name]) ?? null;
  const name = text("name");
  const role = ROLES.find((one) => one === read["role"]);
  if (name === null || role === undefined || !belongsTo(name, record)) return undefined;
  const days = read["days"];
  return {
    ...{ name, role, namespace: text("namespace"), quota: text("quota") },
    kind: KINDS.find((one) => one === read["kind"]) ?? "token",
    days: typeof days === "number" ? days : null,
    ...{ issue: text("issue") ?? "", next: text("next") ?? "", expires: text("expires") ?? "" },
    key: KEYS.find((one) => one === read["key"]) ?? null,
    certificate: text("certificate"),
  };
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(text ?? ""));
  } catch {
    return {};
  }
}
