import { join } from "node:path";
import { readIfExists, SECRET_MODE, writeAtomically } from "../../base/files.js";
import type { ClusterPaths } from "../../base/paths.js";
import type { ClusterContext } from "../../engine/context.js";
import type { ClusterSpec } from "../../model/spec/cluster-spec.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import { createServingPem, isServingPem } from "../../pki/serving-certificate.js";
import { caKey } from "./ca-key.js";
import { RENEW_BELOW_DAYS } from "./certificates.js";

type Folder = Pick<ClusterContext, "paths" | "spec" | "secrets">;

/** Path of the file with the certificate and the key that a node's kubelet shows. */
export function servingPemPath(name: string, paths: Pick<ClusterPaths, "servingPems">): string {
  return join(paths.servingPems, `${name}.pem`);
}

/** Whether the spec has kubelets ask the cluster for their certificates, or read them from files of the user's. */
export function hasOwnServing({ kubernetes }: ClusterSpec): boolean {
  const { serverTLSBootstrap, tlsCertFile = "" } = kubernetes.kubeadm.KubeletConfiguration;
  return serverTLSBootstrap === true || tlsCertFile !== "";
}

/** Whether the folder lacks a certificate for the node's kubelet that fits it and is valid for a month. */
export async function isServingPemDue(folder: Folder, node: PlannedNode): Promise<boolean> {
  return !hasOwnServing(folder.spec) && (await usablePem(folder, node)) === undefined;
}

/** What the folder has for the node; nothing where that does not fit it, or ends within a month. */
async function usablePem({ paths, secrets }: Folder, node: PlannedNode): Promise<string | undefined> {
  const pem = (await readIfExists(servingPemPath(node.name, paths))) ?? "";
  return isServingPem(pem, { ...node, ca: secrets.caCertificate, days: RENEW_BELOW_DAYS }) ? pem : undefined;
}

/**
 * Certificate and key for a node's kubelet in PEM: those of the folder, or new ones, which are written to it, where these
 * do not fit or end soon. Empty where kubelets get other ones, or nobody has the CA's key.
 */
export async function servingPem(context: ClusterContext, node: PlannedNode): Promise<string> {
  return (await servingPems(context, [node])).get(node.name) ?? "";
}

/**
 * The same for several nodes, by their names, without those for which there is none; a master is asked for the CA's key
 * once. With `anew` all are new ones.
 */
export async function servingPems(
  context: ClusterContext,
  nodes: readonly PlannedNode[],
  { anew = false } = {},
): Promise<ReadonlyMap<string, string>> {
  const { paths, spec, secrets } = context;
  const pems = new Map<string, string>();
  if (hasOwnServing(spec)) return pems;
  let asked: Promise<string | undefined> | undefined;
  for (const node of nodes) {
    const kept = anew ? undefined : await usablePem(context, node);
    if (kept !== undefined) {
      pems.set(node.name, kept);
      continue;
    }
    const key = await (asked ??= caKey(context));
    if (key === undefined) continue;
    const pem = await createServingPem(node, { certificate: secrets.caCertificate, key });
    await writeAtomically(servingPemPath(node.name, paths), pem, SECRET_MODE);
    pems.set(node.name, pem);
  }
  return pems;
}
