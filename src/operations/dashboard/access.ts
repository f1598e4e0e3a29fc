import { randomBytes } from "node:crypto";
import { AlpineK8sError } from "../../base/errors.js";
import { fieldsOf, textOf, textsOf } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";

/** What a token may do, as the cluster roles of Kubernetes have it. */
const ROLES = { view: "view", edit: "edit", admin: "cluster-admin" } as const;
export type Role = keyof typeof ROLES;

export interface Access {
  readonly token: string;
  /** RFC 3339. */
  readonly expires: string;
}

/** A service account of the cluster for one role, and its binding, which has the same name. */
export interface Account {
  readonly namespace: string;
  readonly role: Role;
}

/** Seconds that a token is valid. */
const VALID = 3_600;

const MANAGER = "alpine-k8s";

/** Each run notes here until when it needs the account: another one may use it, too. */
const NOTES = "dashboard.alpine-k8s/";

const RBAC = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";

/** The name of an account and its binding. */
export function accountName(role: Role): string {
  return `alpine-k8s-dashboard-${role}`;
}

/**
 * Runs `body` with a token for one hour of an account that is made for it. Afterwards, also when something failed, takes
 * account and binding away, by which the token is worthless; they stay as long as another run uses them. `unmake` limits
 * that; a failure of it is told to `onLeft`, and not thrown.
 */
export async function withAccess<T>(
  kube: KubeApi,
  account: Account,
  how: {
    readonly signal: AbortSignal;
    readonly unmake: () => AbortSignal;
    readonly onLeft: (error: unknown) => void;
  },
  body: (access: Access) => Promise<T>,
): Promise<T> {
  const note = `${NOTES}${randomBytes(6).toString("hex")}`;
  try {
    return await body(await grant(kube, account, note, how.signal));
  } finally {
    await revoke(kube, account, note, how.unmake()).catch(how.onLeft);
  }
}

async function grant(kube: KubeApi, account: Account, note: string, signal: AbortSignal): Promise<Access> {
  const path = accountPath(account);
  await kube.apply(objectsOf(account), MANAGER, signal);
  const until = new Date(Date.now() + VALID * 1_000).toISOString();
  await kube.patch(path, { metadata: { annotations: { [note]: until } } }, MANAGER, signal);
  const request = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: VALID },
  };
  const { token, expirationTimestamp } = fieldsOf((await kube.create(`${path}/token`, request, signal))["status"]);
  if (typeof token === "string" && token !== "") return { token, expires: textOf(expirationTimestamp) ?? until };
  throw new AlpineK8sError(
    "unhealthy",
    `the API gave no token for ServiceAccount ${account.namespace}/${nameOf(account)}`,
  );
}

async function revoke(kube: KubeApi, account: Account, note: string, signal: AbortSignal): Promise<void> {
  const path = accountPath(account);
  const live = await kube.find(path, signal);
  if (live !== undefined) {
    await kube.patch(path, { metadata: { annotations: { [note]: null } } }, MANAGER, signal);
    if (isUsedBesides(live, note)) return;
  }
  await kube.delete(path, signal);
  await kube.delete(`${RBAC}/${nameOf(account)}`, signal);
}

/** Whether another run has noted that it needs the account. What a killed one has noted ends with its token. */
function isUsedBesides({ metadata }: KubeObject, note: string): boolean {
  return Object.entries(textsOf(metadata["annotations"])).some(
    ([name, until]) => name.startsWith(NOTES) && name !== note && Date.parse(until) > Date.now(),
  );
}

function objectsOf(account: Account): readonly KubeObject[] {
  const { namespace, role } = account;
  const name = nameOf(account);
  const labels = { "app.kubernetes.io/managed-by": "alpine-k8s" };
  const group = "rbac.authorization.k8s.io";
  return [
    {
      ...{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace, labels } },
      automountServiceAccountToken: false,
    },
    {
      ...{ apiVersion: `${group}/v1`, kind: "ClusterRoleBinding", metadata: { name, labels } },
      roleRef: { apiGroup: group, kind: "ClusterRole", name: ROLES[role] },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  ];
}

function accountPath(account: Account): string {
  return `/api/v1/namespaces/${account.namespace}/serviceaccounts/${nameOf(account)}`;
}

function nameOf({ role }: Account): string {
  return accountName(role);
}
