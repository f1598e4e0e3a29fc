import { AlpineK8sError } from "../errors.js";
import { clusterPaths } from "../paths.js";
import type { ClusterContext } from "./context.js";
import { noCluster } from "./kube-access.js";
import { withLock } from "./lock.js";
import { openContext } from "./open-context.js";
import { readIdentity } from "./plan.js";
import { cordon, deleteNodeObject, drain, isLostNode } from "./removal/leave-cluster.js";
import { cleanFolder, destroyMachine, editSpec, resetNode } from "./removal/leave-machine.js";
import { connect, demandApi, refuseLosses, refuseUnreachable, withoutNode } from "./removal/look-at-node.js";
import { findNode, refuseLastMaster, shortName } from "./removal/node-to-remove.js";
import type { Removal } from "./removal/removal.js";
import { openRunLog } from "./run-log.js";
import { lookAtPods } from "../kube/drain-node.js";
import { runSteps, type Step } from "./step.js";
import { withLogFile, type UpInput } from "./up.js";

export interface RemoveNodeInput extends Pick<UpInput, "folder" | "tools" | "progress" | "signal"> {
  /** Short or full name of the node. */
  readonly name: string;
  /** Goes on where something would be lost, a budget refuses, or the API is away. */
  readonly force: boolean;
  /** Milliseconds that the pods get to leave. */
  readonly timeout: number;
  /** Asks the user; told what would go. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** What `remove-node` did; the shape of its `-o json`. */
export interface RemoveNodeSummary {
  readonly cluster: string;
  /** Name in Kubernetes. */
  readonly node: string;
  readonly machine: Removal["done"]["machine"];
  readonly nodeObject: Removal["done"]["nodeObject"];
  readonly spec: Removal["done"]["spec"];
  /** Pods that left, by "namespace/name". */
  readonly evicted: readonly string[];
  /** Short names of the nodes that stay in the spec. */
  readonly nodes: readonly string[];
  readonly warnings: readonly string[];
}

/** The order of `remove-node`: each step looks at what is left of the node and takes that away; the spec comes last. */
export function removeNodeSteps(): readonly Step<Removal>[] {
  return [cordon, drain, resetNode, destroyMachine, deleteNodeObject, cleanFolder, editSpec];
}

/**
 * Takes one node out of the cluster, off its machine and out of the spec; no other node is touched. Alive or dead, and
 * again after any interruption. Refuses the last master, and what would be lost unless forced. Throws `declined` when
 * the user says no.
 */
export async function removeNode(input: RemoveNodeInput): Promise<RemoveNodeSummary> {
  const paths = clusterPaths(input.folder);
  if ((await readIdentity(input.folder)) === undefined) throw noCluster(input.folder);
  const log = openRunLog(paths.logs, "remove-node");
  return withLock(paths.lock, `alpine-k8s remove-node ${input.name}`, async () => {
    const { context } = await openContext({ ...input, overrides: {}, log });
    let removal: Removal | undefined;
    try {
      removal = await lookFirst(input, context);
      await askFirst(input, removal);
      await runSteps(removeNodeSteps(), removal);
      return summaryOf(removal);
    } catch (error) {
      const told = removal === undefined ? error : withUndo(error, removal);
      throw log.isKept() ? withLogFile(told, log.folder) : told;
    } finally {
      await context.fleet.close();
    }
  });
}

/** Everything that can be refused is refused here, before anything is changed. */
async function lookFirst(input: RemoveNodeInput, context: ClusterContext): Promise<Removal> {
  const { progress, signal, force, timeout } = input;
  const name = shortName(input.name, context.identity.domain);
  refuseLastMaster(name, context);
  const rest = await withoutNode(context, name);
  const { kube, session } = await connect(context, name);
  const node = await findNode(name, context, kube);
  demandApi(node, kube, force);
  refuseUnreachable(node, session, force);
  if (typeof kube !== "string" && node.object !== undefined) {
    refuseLosses(node, await lookAtPods(kube, node.fqdn, signal), force, "nothing was changed");
  }
  return {
    ...{ context, node, kube, session, force, timeout, rest, progress, signal },
    done: { machine: "none", nodeObject: "none", spec: "unchanged", evicted: [], isCordoned: false },
  };
}

async function askFirst(input: RemoveNodeInput, { node, context }: Removal): Promise<void> {
  const { name, provider } = context.identity;
  const machine = provider === "hosts" ? "it is reset and keeps its packages" : "its machine is destroyed";
  const lost = isLostNode(node) ? " It does not answer the cluster." : "";
  if (await input.confirm(`Remove ${node.name} from cluster ${name}?${lost} Its pods leave, ${machine}.`)) return;
  throw new AlpineK8sError("declined", "nothing was changed", {
    hints: [`alpine-k8s remove-node ${node.name} --yes`],
  });
}

/** A cordoned node whose machine was not touched yet can be given back. */
function withUndo(error: unknown, { node, done }: Removal): unknown {
  if (!(error instanceof AlpineK8sError) || !done.isCordoned) return error;
  return new AlpineK8sError(error.kind, error.message, {
    hints: [...error.hints, `alpine-k8s kubectl -- uncordon ${node.fqdn}  (to keep it: it is cordoned)`],
    cause: error.cause,
    ...(error.node === undefined ? {} : { node: error.node }),
    ...(error.logFile === undefined ? {} : { logFile: error.logFile }),
  });
}

function summaryOf({ context, node, done, rest }: Removal): RemoveNodeSummary {
  return {
    cluster: context.identity.name,
    node: node.fqdn,
    machine: done.machine,
    nodeObject: done.nodeObject,
    spec: done.spec,
    evicted: done.evicted,
    nodes: rest.topology.nodes.map((other) => other.name),
    warnings: context.warnings,
  };
}
