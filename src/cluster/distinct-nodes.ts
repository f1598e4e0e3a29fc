import { AlpineK8sError } from "../errors.js";
import type { ClusterContext } from "./context.js";
import type { NodeSession } from "./tools.js";
import { warn } from "./warn.js";

/**
 * Machines copied from one another carry the same ids. Throws `node` when two nodes share a machine-id and one of them
 * has not joined yet; what is only a risk, or has been so in a running cluster, is a warning.
 */
export function checkDistinct(
  context: Pick<ClusterContext, "warnings" | "progress">,
  sessions: readonly NodeSession[],
): void {
  for (const [first, second] of samePairs(sessions, machineIdOf)) {
    const text = `${first.node.name} and ${second.node.name} have the same machine-id ${machineIdOf(first) ?? ""}`;
    if (!isFinished(first) || !isFinished(second)) throw sameMachineId(text, isFinished(second) ? first : second);
    warn(context, `${text}; what tells nodes apart by it will mix them up`);
  }
  for (const [first, second] of samePairs(sessions, productUuidOf)) {
    warn(
      context,
      `${first.node.name} and ${second.node.name} have the same product uuid ${productUuidOf(first) ?? ""}; ` +
        "Kubernetes wants them distinct: give one of the machines a new one in its hypervisor",
    );
  }
}

/** The id that the node has now: one that this run has renewed is new, and not known here. */
function machineIdOf({ facts }: NodeSession): string | undefined {
  const renewed = facts.conditions.some(({ id, state }) => id === "machine-id" && state === "fixed");
  return renewed ? undefined : facts.machineId;
}

function productUuidOf({ facts }: NodeSession): string | undefined {
  return facts.productUuid?.toLowerCase();
}

function isFinished({ facts }: NodeSession): boolean {
  return facts.state === "finished";
}

/** Each session that shares the id with an earlier one, together with the first of those. */
function samePairs(
  sessions: readonly NodeSession[],
  idOf: (session: NodeSession) => string | undefined,
): readonly (readonly [NodeSession, NodeSession])[] {
  return sessions.flatMap((session, index) => {
    const id = idOf(session);
    const earlier = id === undefined ? undefined : sessions.slice(0, index).find((other) => idOf(other) === id);
    return earlier === undefined ? [] : [[earlier, session] as const];
  });
}

function sameMachineId(text: string, { node }: NodeSession): AlpineK8sError {
  return new AlpineK8sError("node", `${text}: one is a copy of the other, Kubernetes would take them for one machine`, {
    node: node.name,
    hints: [`on ${node.name}: rm /etc/machine-id, then: alpine-k8s up  (which makes a new one)`],
  });
}
