import { AlpineK8sError } from "../../base/errors.js";
import { internalAddresses } from "../../kube/fields.js";
import type { ClusterContext } from "../../engine/context.js";
import {
  askEtcdMembers,
  membersOf,
  removeEtcdMember,
  type EtcdMember,
  type MemberOwner,
} from "../../control-plane/etcd-members.js";
import { onNode } from "../../engine/item.js";
import type { Step } from "../../engine/step.js";
import type { NodeSession } from "../../engine/node-session.js";
import type { NodeToRemove } from "./node.js";
import type { Removal, SeenMaster } from "./removal.js";

/**
 * The master to ask in place of the one that is removed: set up and answering by ssh. Throws `unhealthy` when there is
 * none, even if forced: the cluster's data would be gone with the node, or no other etcd could be asked to remove its
 * member.
 */
export function otherMaster(
  { api }: Pick<ClusterContext, "api">,
  name: string,
  others: readonly SeenMaster[],
): NodeSession {
  const found = others.find(({ node }) => node.name === api.master?.name)?.session;
  if (found !== undefined) return found;
  const reasons = others.map(({ node, session }) => {
    return `${node.name} ${session === undefined ? "does not answer by ssh" : "is not set up as a master"}`;
  });
  throw new AlpineK8sError(
    "unhealthy",
    `${name} runs a control plane, and no other master can be asked (${reasons.join(", ")}): the cluster would be gone with it; nothing was changed`,
    {
      node: name,
      hints: ["alpine-k8s status", "alpine-k8s up", "alpine-k8s destroy  (removes the whole cluster)"],
    },
  );
}

/**
 * Throws `unhealthy`, unless forced, when the running members of etcd would be no majority after the removal. etcd
 * itself may refuse that, but only after the node was drained.
 */
export async function refuseLostMajority(
  context: ClusterContext,
  { node, asked, others, force }: Pick<Removal, "node" | "force"> & Asked,
): Promise<void> {
  const members = await askEtcdMembers(context, asked.host);
  const leaving = membersOf(ownerOf(node), members);
  if (force || !leaving.some(hasVote)) return;
  const staying = members.filter((member) => hasVote(member) && !leaving.includes(member));
  const running = staying.filter((member) => runs(member, others));
  if (running.length > staying.length / 2) return;
  const away = staying.filter((member) => !running.includes(member));
  const names = away.map((member) => nameOf(member, others));
  throw new AlpineK8sError(
    "unhealthy",
    `without ${node.name} etcd would have no majority: of the ${staying.length} members that stay, these do not run: ${names.join(", ")}; nothing was changed`,
    {
      node: node.name,
      hints: [
        "alpine-k8s up  (starts them)",
        `alpine-k8s remove-node ${names[0] ?? "NAME"}  (one that will not come back goes first)`,
        `alpine-k8s remove-node ${node.name} --force  (tries anyway; etcd may refuse)`,
      ],
    },
  );
}

interface Asked {
  readonly asked: NodeSession;
  readonly others: readonly SeenMaster[];
}

function hasVote({ isLearner }: EtcdMember): boolean {
  return !isLearner;
}

/** Of a master that is not in the spec it is only known that it was up once. */
function runs({ isStarted, name }: EtcdMember, others: readonly SeenMaster[]): boolean {
  const master = others.find(({ node }) => node.fqdn === name);
  return isStarted && (master === undefined || master.session?.facts.api === "ok");
}

function nameOf(member: EtcdMember, others: readonly SeenMaster[]): string {
  const owner = others.find(({ node }) => membersOf(node, [member]).length > 0);
  return owner?.node.name ?? (member.name === "" ? `the one at ${member.peers.join(", ")}` : member.name);
}

/** Removes the node's member from etcd before its data are gone, so that the others do not wait for its vote. */
export const removeMember: Step<Removal> = {
  id: "leave-etcd",
  title: "Remove its member from etcd",
  plan: async ({ context, node, asked, done }) => {
    if (asked === undefined) return "it is no master";
    const members = membersOf(ownerOf(node), await askEtcdMembers(context, asked.host));
    done.hasLeftEtcd.give(members.length === 0);
    if (members.length === 0) return "it has none";
    return [onNode(node.name, "remove-member", `take the member of ${node.name} out of etcd`)];
  },
  run: async ({ context, node, asked, done }) => {
    if (asked === undefined) return;
    context.log.persist();
    context.progress.node(node.name, "leaving etcd");
    await removeEtcdMember(context, asked.host, ownerOf(node));
    done.hasLeftEtcd.give(true);
  },
};

function ownerOf({ fqdn, planned, object }: NodeToRemove): MemberOwner {
  return { fqdn, address: planned?.address ?? internalAddresses(object)[0] };
}
