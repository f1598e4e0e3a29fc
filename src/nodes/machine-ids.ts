import { randomBytes } from "node:crypto";
import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";
import { warn } from "../engine/warn.js";

/**
 * The node's machine-id; undefined when this run has replaced it: the new one is unique, and the facts hold the old
 * one.
 */
export function machineIdOf({ facts, newMachineId }: NodeSession): string | undefined {
  const renewed = facts.conditions.some(({ id, state }) => id === "machine-id" && state === "fixed");
  return renewed || newMachineId.value === true ? undefined : facts.machineId;
}

/**
 * Gives a machine that is a copy of another one, and has not joined, its own machine-id: nothing on it depends on the
 * old one yet. The kubelet puts the id of the file into the node object (`status.nodeInfo.machineID`).
 */
export async function renewMachineId(
  context: Pick<ClusterContext, "report" | "progress" | "signal">,
  session: NodeSession,
  original: string,
): Promise<void> {
  const id = randomBytes(16).toString("hex");
  await session.host.putFile("/etc/machine-id", `${id}\n`, { mode: 0o444, signal: context.signal });
  session.newMachineId.give(true);
  const { name } = session.node;
  warn(context, `${name} had the machine-id of ${original}: one is a copy of the other; ${name} has got a new one`);
}
