import { fieldsOf, textOf } from "../../../kube/fields.js";
import type { KubeObject } from "../../../kube/kube-api.js";
import { forEachPending, type AddedNode, type AddNodeContext } from "../context.js";
import { connectApi } from "../../../control-plane/connect-api.js";
import { retryWhileApiUnavailable } from "../../../control-plane/retry-while-api-unavailable.js";
import { machineIdOf, renewMachineId } from "../../../nodes/machine-ids.js";
import { warn } from "../../../engine/warn.js";

interface Ids {
  readonly node: string;
  readonly machineId: string;
  readonly productUuid: string;
}

/**
 * A machine that is a copy of a member has the member's ids; one request to the API lists those of all members. The
 * copy gets a machine-id of its own; the same product uuid is a warning.
 */
export async function compareIds(context: AddNodeContext): Promise<void> {
  const kube = await connectApi(context, "prepared");
  const nodes = await retryWhileApiUnavailable(context, () => kube.list("/api/v1/nodes", context.signal));
  const members = nodes.map(idsOf);
  await forEachPending(context, (one) => compare(context, one, members));
}

function idsOf(object: KubeObject): Ids {
  const { machineID, systemUUID } = fieldsOf(fieldsOf(object["status"])["nodeInfo"]);
  const id = (value: unknown): string => (textOf(value) ?? "").toLowerCase();
  return { node: object.metadata.name, machineId: id(machineID), productUuid: id(systemUUID) };
}

async function compare(context: AddNodeContext, one: AddedNode, members: readonly Ids[]): Promise<void> {
  const { node } = one;
  const session = one.session.value;
  if (session === undefined) return;
  const others = members.filter((member) => member.node !== node.fqdn);
  const same = others.find((other) => isSame(other.machineId, machineIdOf(session)));
  if (same !== undefined) await renewMachineId(context, session, same.node);
  const alike = others.find((other) => isSame(other.productUuid, session.facts.productUuid));
  if (alike === undefined) return;
  warn(
    context,
    `${node.name} has the product uuid of ${alike.node}; Kubernetes wants them distinct: give it a new one in its hypervisor`,
  );
}

function isSame(known: string, own: string | undefined): boolean {
  return known !== "" && known === own?.toLowerCase();
}
