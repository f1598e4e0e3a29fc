import { combineFailures } from "../base/errors.js";

/**
 * Runs `work` for all nodes at once and waits for all of them, even when some fail. Resolves with the results in the
 * order of the nodes; throws one error for all failures, "WHAT failed on …". When all failures are the same error (an
 * interrupt), that error is thrown as it is.
 */
export async function forEachNode<N extends { readonly name: string }, T>(
  nodes: readonly N[],
  what: string,
  work: (node: N) => Promise<T>,
): Promise<T[]> {
  const settled = await Promise.allSettled(nodes.map(async (node) => work(node)));
  const failures = settled.flatMap((outcome, index) =>
    outcome.status === "rejected" ? [{ node: nodes[index]?.name ?? "", error: outcome.reason as unknown }] : [],
  );
  const [first] = failures;
  if (first !== undefined) {
    if (failures.every((failure) => failure.error === first.error)) throw first.error;
    throw combineFailures(what, failures);
  }
  return settled.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}
