import { AlpineK8sError } from "../../../errors.js";
import type { KubeObject } from "../../../kube/kube-api.js";
import { forEachPending, type AddedNode, type AddNodeContext } from "../../add-node-context.js";
import { kubeOf } from "../../kube-access.js";
import { warn } from "../../warn.js";

interface Ids {
  readonly node: string;
  readonly machineId: string;
  readonly productUuid: string;
}

/**
 * A machine that was copied from a member carries its ids. The cluster knows those of its members: one request tells
 * them all. The same machine-id fails the node, the same product uuid is a warning.
 */
export async function compareIds(context: AddNodeContext): Promise<void> {
  const kube = await kubeOf(context);
  const members = (await kube.list("/api/v1/nodes", context.signal)).map(idsOf);
  await forEachPending(context, (one) => {
    compare(context, one, members);
    return Promise.resolve();
  });
}

function idsOf(object: KubeObject): Ids {
  const status = (object["status"] ?? {}) as { readonly nodeInfo?: { machineID?: string; systemUUID?: string } };
  const { machineID = "", systemUUID = "" } = status.nodeInfo ?? {};
  return { node: object.metadata.name, machineId: machineID.toLowerCase(), productUuid: systemUUID.toLowerCase() };
}

function compare(context: AddNodeContext, { node, session }: AddedNode, members: readonly Ids[]): void {
  const facts = session?.facts;
  const others = members.filter((member) => member.node !== node.fqdn);
  // An id that this run has renewed is new; facts still hold the old one.
  const isRenewed = facts?.conditions.some(({ id, state }) => id === "machine-id" && state === "fixed") ?? false;
  const same = isRenewed ? undefined : others.find((one) => isSame(one.machineId, facts?.machineId));
  if (same !== undefined) {
    throw new AlpineK8sError(
      "node",
      `${node.name} has the machine-id of ${same.node}: one is a copy of the other, Kubernetes would take them for one machine`,
      {
        node: node.name,
        hints: [`on ${node.name}: rm /etc/machine-id, then the same command again, which makes a new one`],
      },
    );
  }
  const alike = others.find((one) => isSame(one.productUuid, facts?.productUuid));
  if (alike === undefined) return;
  warn(
    context,
    `${node.name} has the product uuid of ${alike.node}; Kubernetes wants them distinct: give it a new one in its hypervisor`,
  );
}

function isSame(known: string, own: string | undefined): boolean {
  return known !== "" && known === own?.toLowerCase();
}
