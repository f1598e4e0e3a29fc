import { groupsIn, textOf, fieldsOf } from "../../kube/fields.js";
import type { KubeApi, KubeObject } from "../../kube/kube-api.js";

/** Made by the cluster in every namespace, or left by others to be forgotten by itself. */
const BY_ITSELF = ["Event", "Endpoints", "EndpointSlice", "Lease"];

/**
 * What is in a namespace besides what the cluster puts there by itself and what other objects own, as "Kind name". Asks
 * for every kind that the API has. Throws when one cannot be asked for: then nobody knows.
 */
export async function contentOf(kube: KubeApi, namespace: string, signal: AbortSignal): Promise<readonly string[]> {
  const found: string[] = [];
  for (const root of await versionRoots(kube, signal)) {
    const { resources } = await kube.get(root, signal);
    for (const { name, kind, namespaced, verbs } of groupsIn(resources)) {
      const [resource, kindName] = [textOf(name) ?? "", textOf(kind) ?? ""];
      if (namespaced !== true || resource.includes("/") || BY_ITSELF.includes(kindName)) continue;
      if (!Array.isArray(verbs) || !verbs.includes("list") || !verbs.includes("delete")) continue;
      const objects = await kube.list(`${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`, signal);
      found.push(
        ...objects.filter((one) => isOwn(kindName, one)).map(({ metadata }) => `${kindName} ${metadata.name}`),
      );
    }
  }
  return found;
}

async function versionRoots(kube: KubeApi, signal: AbortSignal): Promise<readonly string[]> {
  const { groups } = await kube.get("/apis", signal);
  const preferred = groupsIn(groups).flatMap(({ preferredVersion }) => {
    const version = textOf(fieldsOf(preferredVersion)["groupVersion"]);
    return version === undefined ? [] : [`/apis/${version}`];
  });
  return ["/api/v1", ...preferred];
}

function isOwn(kind: string, { metadata, type }: KubeObject): boolean {
  if (groupsIn(metadata["ownerReferences"]).length > 0) return false;
  if (kind === "ConfigMap" && metadata.name === "kube-root-ca.crt") return false;
  if (kind === "Secret" && type === "kubernetes.io/service-account-token") return false;
  return !(kind === "ServiceAccount" && metadata.name === "default");
}
