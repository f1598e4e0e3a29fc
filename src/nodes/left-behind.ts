import { about, AlpineK8sError, combineFailures, messageOf } from "../base/errors.js";
import type { ClusterContext } from "../engine/context.js";
import type { PlannedNode } from "../model/topology/topology.js";

/**
 * Does `work` for all nodes at once. A node that fails is left behind with a warning, and the others go on;
 * {@link demandAllNodes} throws for it when all else is done. Throws only on abort.
 */
export async function leaveBehindFailed(
  context: Pick<ClusterContext, "report" | "progress" | "signal">,
  { nodes, during }: { readonly nodes: readonly PlannedNode[]; readonly during: string },
  work: (node: PlannedNode) => Promise<void>,
): Promise<void> {
  const outcomes = await Promise.allSettled(nodes.map((node) => work(node)));
  context.signal.throwIfAborted();
  const [first, ...others] = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
  // Of one cause for several, such as a token that cannot be made, nothing else would come true either.
  if (others.length > 0 && others.every((error) => error === first)) throw first;
  nodes.forEach((node, index) => {
    const outcome = outcomes[index];
    if (outcome?.status !== "rejected") return;
    const error: unknown = outcome.reason;
    context.report.leaveBehind({ node, error, during });
    context.progress.warn(`${about(node.name, messageOf(error))}; the rest is done without it`);
  });
}

/** Whether the node was left behind in this run. */
export function isLeftBehind({ report }: Pick<ClusterContext, "report">, name: string): boolean {
  return report.leftBehind.some(({ node }) => node.name === name);
}

/** Throws why nodes were left behind, as one error that names the ways out for each. */
export async function demandAllNodes(
  context: Pick<ClusterContext, "report" | "fleet" | "identity" | "topology">,
): Promise<void> {
  const { leftBehind } = context.report;
  const [first] = leftBehind;
  if (first === undefined) return;
  const failures = leftBehind.map(({ node, error }) => ({ node: node.name, error }));
  const combined = combineFailures("bringing up", failures);
  if (!(combined instanceof AlpineK8sError)) throw combined;
  const waysOut = await Promise.all(leftBehind.map(({ node }) => waysOutOf(context, node)));
  const message = leftBehind.length === 1 ? `${first.during}: ${combined.message}` : combined.message;
  throw new AlpineK8sError(combined.kind, message, {
    hints: [...combined.hints, ...new Set(waysOut.flat().filter((hint) => !isSaid(hint, combined.hints)))],
    cause: combined.cause,
    ...(combined.node === undefined ? {} : { node: combined.node }),
  });
}

/** Whether a hint says so already, perhaps with what to do before. */
function isSaid(command: string, hints: readonly string[]): boolean {
  return hints.some((hint) => hint.endsWith(command));
}

/** What to type for a node that cannot be reached; one that answers has only to be tried again. */
async function waysOutOf(
  { fleet, identity }: Pick<ClusterContext, "fleet" | "identity">,
  node: PlannedNode,
): Promise<readonly string[]> {
  const answers = await fleet.session(node).then(
    () => true,
    () => false,
  );
  if (answers) return ["alpine-k8s up"];
  const { name } = node;
  const role = node.role === "master" ? " --role master" : "";
  const again = `add-node ${name}${role}${identity.provider === "hosts" ? " --address ADDRESS" : ""}`;
  const repair = identity.provider === "hosts" ? "" : `vagrant up ${name} && `;
  return [
    `${repair}alpine-k8s up  (when ${name} can be repaired)`,
    `alpine-k8s remove-node ${name} && alpine-k8s ${again}  (when it is gone for good)`,
  ];
}
