import { AlpineK8sError, combineFailures } from "../../base/errors.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import type { AddNodeChoice } from "./choice.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import type { OwnResult } from "../../engine/result.js";
import type { Run } from "../../engine/with-run.js";

/** A node that is being added. */
export interface AddedNode {
  readonly node: PlannedNode;
  /** What the cluster knew of it before this run: a Ready member needs nothing more. */
  readonly before: OwnResult<"absent" | "not ready" | "ready">;
  /** The connection, once the machine is fit. */
  readonly session: OwnResult<NodeSession>;
  /** Why this node failed; the others go on. */
  readonly failure: OwnResult<{ readonly error: unknown }>;
}

/** What the steps of one `add-node` share. */
export interface AddNodeContext extends ClusterContext {
  readonly choice: AddNodeChoice;
  readonly added: readonly AddedNode[];
  /** This run's own bootstrap token, from the moment at which the cluster may know it until it is revoked. */
  readonly token: OwnResult<string | undefined>;
  /** See {@link Run}. */
  readonly withSpec: Run["withSpec"];
}

/** The nodes that are neither Ready members nor failed. */
export function pending({ added }: Pick<AddNodeContext, "added">): readonly AddedNode[] {
  return added.filter((one) => one.before.value !== "ready" && one.failure.value === undefined);
}

/**
 * Runs `work` for all pending nodes at once. A failure does not stop the others; when no pending node is left, the
 * failures are thrown. An abort is always thrown.
 */
export async function forEachPending(context: AddNodeContext, work: (one: AddedNode) => Promise<void>): Promise<void> {
  await Promise.all(
    pending(context).map(async (one) => {
      try {
        await work(one);
      } catch (error) {
        one.failure.give({ error });
      }
    }),
  );
  context.signal.throwIfAborted();
  if (pending(context).length === 0) throwFailures(context);
}

/** Throws the failures of all nodes as one error; returns when there are none. */
export function throwFailures({ added }: Pick<AddNodeContext, "added">): void {
  const failures = added.flatMap(({ node, failure }) =>
    failure.value === undefined ? [] : [{ node: node.name, error: failure.value.error }],
  );
  if (failures.length === 0) return;
  const names = failures.map(({ node }) => node).join(" ");
  const error = combineFailures("adding", failures);
  const isMaster = added.some(({ node, failure }) => failure.value !== undefined && node.role === "master");
  const role = isMaster ? " --role master" : "";
  const again =
    failures.length === 1 ? `alpine-k8s add-node ${names}` : `alpine-k8s add-node${role} --count ${failures.length}`;
  if (!(error instanceof AlpineK8sError)) throw error;
  throw new AlpineK8sError(error.kind, error.message, {
    hints: [...error.hints, `to continue: ${again}`],
    cause: error.cause,
    ...(error.node === undefined ? {} : { node: error.node }),
  });
}
