import type { KubeObject } from "../kube/kube-object.js";
import { hardOf, parseQuota, shareOf } from "./quota.js";
import { labelsOf, objectName, USERS_NAMESPACE, type Kind, type Wish } from "./user.js";

/** The first minor version of Kubernetes that looks at the label of pod security without being told to. */
export const POD_SECURITY_SINCE = 23;

const RBAC = "rbac.authorization.k8s.io";

/** Path of the role bindings of all namespaces, and of those of the whole cluster. */
export const BINDINGS = {
  namespaced: `/apis/${RBAC}/v1/rolebindings`,
  cluster: `/apis/${RBAC}/v1/clusterrolebindings`,
};

/** The user's namespace. From 1.23 its pods may not get at the node: level `baseline`. */
export function namespaceObject(user: string, namespace: string, minor: number): KubeObject {
  const level = minor < POD_SECURITY_SINCE ? {} : { "pod-security.kubernetes.io/enforce": "baseline" };
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace, labels: { ...labelsOf(user), ...level } },
  };
}

/** The user's quota, and before it what makes pods without figures of their own fit it. Nothing without a quota. */
export function quotaObjects({ name, namespace, quota }: Wish): readonly KubeObject[] {
  if (quota === null || namespace === null) return [];
  const amounts = parseQuota(quota);
  const share = shareOf(amounts);
  const metadata = { name: objectName(name), namespace, labels: labelsOf(name) };
  const limits = [{ type: "Container", default: share, defaultRequest: share }];
  return [
    ...(share === undefined ? [] : [{ apiVersion: "v1", kind: "LimitRange", metadata, spec: { limits } }]),
    { apiVersion: "v1", kind: "ResourceQuota", metadata, spec: { hard: hardOf(amounts) } },
  ];
}

/** The user's service account. Pods do not run as it. */
export function accountObject(user: string): KubeObject {
  return {
    ...{ apiVersion: "v1", kind: "ServiceAccount", automountServiceAccountToken: false },
    metadata: { name: objectName(user), namespace: USERS_NAMESPACE, labels: labelsOf(user) },
  };
}

/** What a token is bound to: without it the API does not accept the token any more. It holds nothing. */
export function boundSecret(user: string, issue: string): KubeObject {
  return {
    ...{ apiVersion: "v1", kind: "Secret", type: "Opaque" },
    metadata: { name: objectName(user, issue), namespace: USERS_NAMESPACE, labels: labelsOf(user) },
  };
}

/** The names in a user's certificate; the group is another one for each certificate. */
export function subjectOf(user: string, issue: string): { readonly name: string; readonly group: string } {
  return { name: `alpine-k8s:user:${user}`, group: `alpine-k8s:user:${user}:${issue}` };
}

/** The binding that gives the role, to the account or to the group of one certificate. */
export function bindingObject(
  user: Pick<Wish, "name" | "role" | "namespace"> & { readonly kind: Kind; readonly issue: string },
): KubeObject {
  const { name, role, namespace, kind, issue } = user;
  const metadata = { name: objectName(name), labels: labelsOf(name) };
  const subject =
    kind === "token"
      ? { kind: "ServiceAccount", name: objectName(name), namespace: USERS_NAMESPACE }
      : { apiGroup: RBAC, kind: "Group", name: subjectOf(name, issue).group };
  return {
    ...{ apiVersion: `${RBAC}/v1`, kind: namespace === null ? "ClusterRoleBinding" : "RoleBinding" },
    metadata: namespace === null ? metadata : { ...metadata, namespace },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
    subjects: [subject],
  };
}

/** The path of an object of one of the kinds that users have. */
export function pathOf({ kind, metadata: { name, namespace = "" } }: KubeObject): string {
  const within = `namespaces/${namespace}`;
  const paths: Readonly<Record<string, string>> = {
    Namespace: "/api/v1/namespaces",
    ConfigMap: `/api/v1/${within}/configmaps`,
    Secret: `/api/v1/${within}/secrets`,
    ServiceAccount: `/api/v1/${within}/serviceaccounts`,
    ResourceQuota: `/api/v1/${within}/resourcequotas`,
    LimitRange: `/api/v1/${within}/limitranges`,
    RoleBinding: `/apis/${RBAC}/v1/${within}/rolebindings`,
    ClusterRoleBinding: BINDINGS.cluster,
  };
  return `${paths[kind] ?? ""}/${name}`;
}
