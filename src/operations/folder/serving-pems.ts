import { isServingPemDue, servingPem } from "../../control-plane/certificates/serving-pem.js";
import type { ClusterContext } from "../../engine/context.js";
import { fileAction, overall, type Item } from "../../engine/item.js";
import type { PlannedNode } from "../../model/topology/topology.js";

/**
 * The certificates of kubelets that the folder lacks, as items of a plan; none where the CA's key is on masters alone: then
 * each is made when its node joins.
 */
export async function planServingPems(context: ClusterContext): Promise<readonly Item[]> {
  return (await dueNodes(context)).map(({ name }) =>
    overall(fileAction(`kubelet/${name}.pem`), `write kubelet/${name}.pem`),
  );
}

/** Makes the certificates that {@link planServingPems} tells. */
export async function writeServingPems(context: ClusterContext): Promise<void> {
  for (const node of await dueNodes(context)) await servingPem(context, node);
}

async function dueNodes(context: ClusterContext): Promise<readonly PlannedNode[]> {
  if (context.secrets.caKey === undefined) return [];
  const { nodes } = context.topology;
  const due = await Promise.all(nodes.map((node) => isServingPemDue(context, node)));
  return nodes.filter((_, index) => due[index]);
}
