import { bindingObject, boundSecret, pathOf } from "../../access/objects.js";
import { objectName, RECORDS, USER_LABEL, userIn, type User } from "../../access/user.js";
import { AlpineK8sError } from "../../base/errors.js";
import { groupsIn } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";

/** What finds the objects of all users. */
export const OF_USERS = `labelSelector=${encodeURIComponent(USER_LABEL)}`;

/** What finds the objects of one user. */
export function ofUser(name: string): string {
  return `labelSelector=${encodeURIComponent(`${USER_LABEL}=${name}`)}`;
}

/** All users that the cluster has a record of, by name. */
export async function recordedUsers(kube: KubeApi, signal: AbortSignal): Promise<readonly User[]> {
  const records = await kube.list(`${RECORDS}?${OF_USERS}`, signal);
  return records
    .flatMap((record) => userIn(record) ?? [])
    .sort((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
}

/** The user of this name; undefined when the cluster has no record of it. Throws `unhealthy` for one nobody can read. */
export async function findUser(kube: KubeApi, name: string, signal: AbortSignal): Promise<User | undefined> {
  const path = `${RECORDS}/${objectName(name)}`;
  const record = await kube.find(path, signal);
  const user = record === undefined ? undefined : userIn(record);
  if (record === undefined || user?.name === name) return user;
  throw new AlpineK8sError(
    "unhealthy",
    `the record of user ${name}, ConfigMap ${record.metadata.name}, cannot be read`,
    {
      hints: [`look at it: alpine-k8s kubectl -- get --raw ${path}`],
    },
  );
}

/** The user of this name. Throws `usage` when there is none. */
export async function demandUser(kube: KubeApi, name: string, signal: AbortSignal): Promise<User> {
  const user = await findUser(kube, name, signal);
  if (user !== undefined) return user;
  const others = (await recordedUsers(kube, signal)).map((one) => one.name);
  const which = others.length === 0 ? "it has none yet" : `it has ${others.slice(0, 10).join(", ")}`;
  throw new AlpineK8sError("usage", `the cluster has no user ${name}; ${which}`, { hints: ["alpine-k8s user list"] });
}

/** Whether the user has what was issued last, and its rights. */
export async function isWhole(kube: KubeApi, user: User, signal: AbortSignal): Promise<boolean> {
  if (user.issue === "") return false;
  const binding = await kube.find(pathOf(bindingObject(user)), signal);
  if (binding === undefined || !gives(binding, user)) return false;
  return (
    user.kind === "certificate" || (await kube.find(pathOf(boundSecret(user.name, user.issue)), signal)) !== undefined
  );
}

/** Whether a binding gives the user's role to what was issued last. */
export function gives(binding: KubeObject, user: User): boolean {
  const [wanted] = groupsIn(bindingObject(user)["subjects"]);
  return groupsIn(binding["subjects"]).some(({ kind, name }) => kind === wanted?.["kind"] && name === wanted?.["name"]);
}
