import type { UserGiven } from "../../operations/user/add.js";
import type { UserKubeconfig } from "../../operations/user/kubeconfig.js";
import type { ListedUser, QuotaUse, UserList } from "../../operations/user/list.js";
import type { UserRemoved } from "../../operations/user/remove.js";
import type { UserRenewed } from "../../operations/user/renew.js";
import { shellWord } from "../../base/quote.js";
import { oneLine } from "../progress/fit.js";
import { section, table } from "./table.js";

/** What `user add` gave, as people read it. */
export function userGivenText(given: UserGiven): string {
  const { cluster, user, changed, expires, kind, kubeconfig, notes } = given;
  if (!changed) {
    return [
      `User ${user} has this access to cluster ${cluster} already; nothing was changed. Its ${kind} ends at ${expires}.`,
      ...section("Next:", [`alpine-k8s user renew ${user}`, `alpine-k8s user kubeconfig ${user}`]),
    ].join("\n");
  }
  return [
    `User ${user} has access to cluster ${cluster}: ${rightsOf(given)}.`,
    `Its ${kind} ends at ${expires}.`,
    ...section("The kubeconfig, which is as secret as a password:", [kubeconfig]),
    ...section("Notes:", notes),
    ...section("On the colleague's computer:", [`kubectl --kubeconfig ${nameOf(kubeconfig)} get pods`]),
  ].join("\n");
}

/** What `user renew` gave, as people read it. */
export function userRenewedText(renewed: UserRenewed): string {
  const { user, kind, oldAuthenticatesUntil } = renewed;
  const old =
    oldAuthenticatesUntil === null
      ? `An old ${kind} is not accepted any more.`
      : `The old certificate may do nothing any more. It is still accepted as one of user ${user} until ${oldAuthenticatesUntil}.`;
  return [userGivenText(renewed), "", old].join("\n");
}

/** What `user kubeconfig` wrote, as people read it. */
export function userKubeconfigText({ user, kind, expires, kubeconfig }: UserKubeconfig): string {
  return `The kubeconfig of user ${user} is in ${kubeconfig}; its ${kind} ends at ${expires}.`;
}

/** What `user remove` did, as people read it. */
export function userRemovedText({ cluster, user, removed, kept, authenticatesUntil }: UserRemoved): string {
  return [
    `User ${user} has no access to cluster ${cluster} any more.`,
    ...(authenticatesUntil === null
      ? []
      : [`The certificate may do nothing; it is still accepted as one of user ${user} until ${authenticatesUntil}.`]),
    ...section("Deleted:", removed),
    ...section("Kept:", kept),
  ].join("\n");
}

/** The users as people read them. */
export function userListText({ cluster, users }: UserList): string {
  if (users.length === 0)
    return `Cluster ${cluster} has no users besides its administrators; alpine-k8s user add makes one.`;
  const rows = users.map((user) => [
    ...[user.name, user.role, user.namespace ?? "(all)", user.kind, endOf(user)],
    user.quota.map(useText).join(", ") || "-",
  ]);
  const refused = users.flatMap(({ namespace, refusals }) =>
    refusals.map(({ object, message, last }) =>
      oneLine(`${namespace ?? ""}: ${object}${last === null ? "" : ` at ${last}`}: ${message}`),
    ),
  );
  return [
    table(
      ["user", "role", "namespace", "kind", "ends", "quota used"],
      rows.map((row) => row.map(oneLine)),
    ),
    ...section("Refused in the last hour:", [...new Set(refused)]),
  ].join("\n");
}

function rightsOf({ role, namespace, quota }: UserGiven): string {
  if (namespace === null) return `${role}, everything everywhere`;
  return `${role} in namespace ${namespace}${quota === null ? "" : `, limited to ${quota}`}`;
}

function endOf({ state, expires, name }: ListedUser): string {
  const again = expires === null ? `alpine-k8s user remove ${name}` : `alpine-k8s user renew ${name}`;
  if (state === "incomplete") return `incomplete: ${again}`;
  return `${expires ?? "-"}${state === "ended" ? " (ended)" : ""}`;
}

function useText({ resource, used, hard }: QuotaUse): string {
  return `${resource} ${used ?? "?"}/${hard}`;
}

function nameOf(path: string): string {
  return shellWord(path.split(/[\\/]/).at(-1) ?? path);
}
