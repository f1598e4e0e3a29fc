import type { ClusterContext } from "../engine/context.js";
import { machineIdOf, renewMachineId } from "./machine-ids.js";
import type { NodeSession } from "../engine/node-session.js";
import { warn } from "../engine/warn.js";

/**
 * Machines that are copies of one another have the same ids. Of two nodes with the same machine-id, one that has not
 * joined yet gets a new one. Two joined nodes with the same machine-id, and any two with the same product uuid, are
 * only a warning.
 */
export async function ensureUniqueMachineIds(
  context: Pick<ClusterContext, "report" | "progress" | "signal">,
  sessions: readonly NodeSession[],
): Promise<void> {
  const finishedFirst = [...sessions].sort((one, other) => Number(isFinished(other)) - Number(isFinished(one)));
  for (const [first, second] of samePairs(finishedFirst, machineIdOf)) {
    if (!isFinished(second)) await renewMachineId(context, second, first.node.name);
  }
  tellSharedIds(context, sessions);
}

type Telling = Pick<ClusterContext, "report" | "progress">;

/** Warns of ids that nodes share and that stay as they are. */
export function tellSharedIds(context: Telling, sessions: readonly NodeSession[]): void {
  for (const [first, second] of samePairs(sessions.filter(isFinished), machineIdOf)) {
    const text = `${first.node.name} and ${second.node.name} have the same machine-id ${machineIdOf(first) ?? ""}`;
    warn(context, `${text}; anything that identifies nodes by it will confuse them`);
  }
  for (const [first, second] of samePairs(sessions, productUuidOf)) {
    warn(
      context,
      `${first.node.name} and ${second.node.name} have the same product uuid ${productUuidOf(first) ?? ""}; ` +
        "Kubernetes wants them distinct: give one of the machines a new one in its hypervisor",
    );
  }
}

function productUuidOf({ facts }: NodeSession): string | undefined {
  return facts.productUuid?.toLowerCase();
}

function isFinished({ facts }: NodeSession): boolean {
  return facts.state === "finished";
}

/** Each session that shares its id with an earlier one, paired with the first session of that id. */
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
