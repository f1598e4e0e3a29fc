import { BINDINGS } from "../../access/objects.js";
import { lastRefusals, type Refusal } from "../../access/refusals.js";
import { belongsTo, objectName, type User } from "../../access/user.js";
import type { ClusterContext } from "../../engine/context.js";
import type { RunInput } from "../../engine/run-input.js";
import { textsOf, fieldsOf } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";
import { shortened } from "../../base/output.js";
import { lookByApi } from "../top/look.js";
import { gives, OF_USERS, recordedUsers } from "./users.js";

/** How much of one resource of a quota is used, as the API says it. */
export interface QuotaUse {
  readonly resource: string;
  /** Null as long as the cluster has not counted. */
  readonly used: string | null;
  readonly hard: string;
}

export interface ListedUser {
  readonly name: string;
  readonly role: string;
  readonly namespace: string | null;
  readonly kind: string;
  /** `active`; `ended`: the token or certificate has; `incomplete`: adding was cut off, or its rights are gone. */
  readonly state: "active" | "ended" | "incomplete";
  /** RFC 3339; null for a user who never had anything. */
  readonly expires: string | null;
  readonly quota: readonly QuotaUse[];
  readonly refusals: readonly Refusal[];
}

/** The shape of `user list -o json`, documented in docs/json.md. */
export interface UserList {
  readonly cluster: string;
  readonly users: readonly ListedUser[];
}

/** The users of the cluster, what they use, and what was refused in their namespaces last. Changes nothing. */
export async function listUsers(input: RunInput): Promise<UserList> {
  return lookByApi(input, "user list", async (kube: KubeApi, { identity, signal }: ClusterContext) => {
    const users = await recordedUsers(kube, signal);
    const bindings = [
      ...(await kube.list(`${BINDINGS.namespaced}?${OF_USERS}`, signal)),
      ...(await kube.list(`${BINDINGS.cluster}?${OF_USERS}`, signal)),
    ];
    const quotas = await kube.list(`/api/v1/resourcequotas?${OF_USERS}`, signal);
    const listed: ListedUser[] = [];
    for (const user of users) listed.push(await listedUser(kube, user, { bindings, quotas }, signal));
    return { cluster: identity.name, users: listed };
  });
}

interface Seen {
  readonly bindings: readonly KubeObject[];
  readonly quotas: readonly KubeObject[];
}

async function listedUser(kube: KubeApi, user: User, seen: Seen, signal: AbortSignal): Promise<ListedUser> {
  const { name, role, namespace, kind, expires } = user;
  const isTheirs = (object: KubeObject): boolean =>
    belongsTo(name, object) &&
    (object.metadata.namespace ?? null) === namespace &&
    object.metadata.name === objectName(name);
  const hasRights = seen.bindings.some((binding) => isTheirs(binding) && gives(binding, user));
  const hasEnded = Date.parse(expires) <= Date.now();
  return {
    ...{ name, role, namespace, kind },
    state: expires === "" || !hasRights ? "incomplete" : hasEnded ? "ended" : "active",
    expires: expires === "" ? null : expires,
    quota: seen.quotas.filter(isTheirs).flatMap(useOf),
    refusals: namespace === null ? [] : await lastRefusals(kube, namespace, signal),
  };
}

function useOf(quota: KubeObject): readonly QuotaUse[] {
  const used = textsOf(fieldsOf(quota["status"])["used"]);
  return Object.entries(textsOf(fieldsOf(quota["spec"])["hard"])).map(([resource, hard]) => {
    const use = used[resource];
    return { resource: shortened(resource), used: use === undefined ? null : shortened(use), hard: shortened(hard) };
  });
}
