import { AlpineK8sError } from "../../base/errors.js";
import { cordon, deleteNodeObject, drain, isLostNode } from "./cluster.js";
import { otherMaster, refuseLostMajority, removeMember } from "./etcd.js";
import { cleanFolder, destroyMachine, editSpec, resetNode } from "./machine.js";
import { connect, demandApi, refuseLosses, refuseUnreachable, withoutNode } from "./look.js";
import { findNode, refuseLastMaster, shortName } from "./node.js";
import type { Removal } from "./removal.js";
import { lookAtPods } from "../../kube/drain-node.js";
import { retryWhileApiUnavailable } from "../../control-plane/retry-while-api-unavailable.js";
import { evenMasters } from "../../model/topology/warnings.js";
import type { Plan } from "../../engine/item.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { result } from "../../engine/result.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import { endpointItems, refreshEndpoint, TELL_TITLE } from "../../control-plane/refresh-endpoint.js";
import { warn } from "../../engine/warn.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun, type Run } from "../../engine/with-run.js";

export interface RemoveNodeInput extends RunInput {
  /** Short or full name of the node. */
  readonly name: string;
  /** Goes on although something would be lost, a budget refuses, or the API cannot be asked. */
  readonly force: boolean;
  /** Milliseconds for the pods to leave. */
  readonly timeout: number;
  /** Asks the user; the question says what would be removed. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** What `remove-node` did; the shape of its `-o json`. */
export interface RemoveNodeSummary {
  readonly cluster: string;
  /** Name in Kubernetes. */
  readonly node: string;
  readonly machine: "destroyed" | "reset" | "left" | "none";
  readonly nodeObject: "deleted" | "left" | "none";
  readonly spec: "changed" | "unchanged";
  /** Pods that left, as "namespace/name". */
  readonly evicted: readonly string[];
  /** Short names of the nodes that stay in the spec. */
  readonly nodes: readonly string[];
  readonly warnings: readonly string[];
}

const tellOthers: Step<Removal> = {
  id: "tell-other-nodes",
  title: TELL_TITLE,
  plan: (removal) => Promise.resolve(endpointItems(removal.rest.topology)),
  run: ({ withSpec, rest, node }) =>
    withSpec(rest.spec, (context) => refreshEndpoint(context, `may still lead to ${node.name}`)),
};

/**
 * The steps of `remove-node` in order: each removes what is left of the node in one place, the spec last. For a master,
 * the other nodes are updated then.
 */
export function removeNodeSteps(isMaster = false): readonly Step<Removal>[] {
  const onlyMasters = (step: Step<Removal>): readonly Step<Removal>[] => (isMaster ? [step] : []);
  return [
    ...[cordon, drain, ...onlyMasters(removeMember)],
    ...[resetNode, destroyMachine, deleteNodeObject, cleanFolder, editSpec],
    ...onlyMasters(tellOthers),
  ];
}

/**
 * Removes one node, alive or dead, from the cluster, from its machine and from the spec. A master also leaves etcd, and
 * the other nodes are updated; apart from that no other node is touched. Can be run again after any interruption.
 * Refuses to remove the last master and, unless forced, to lose pods or data. Throws `declined` when the user says no.
 */
export async function removeNode(input: RemoveNodeInput): Promise<RemoveNodeSummary> {
  return withRun(input, { command: "remove-node", subject: input.name, lock: true }, async (run) => {
    let removal: Removal | undefined;
    try {
      removal = await lookFirst(input, run);
      await askFirst(input, removal);
      await runSteps(removeNodeSteps(removal.node.isMaster), removal);
      return summaryOf(removal);
    } catch (error) {
      throw removal === undefined ? error : withUndo(error, removal);
    }
  });
}

/** What {@link removeNode} would do now. Reads nodes and the API, changes nothing and asks nothing; refuses what that refuses. */
export async function planRemoveNode(input: Omit<RemoveNodeInput, "confirm">): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  const options = { command: "remove-node", lock: false, isDryRun: true };
  return withRun(planning, options, async (run) => {
    const removal = await lookFirst(planning, run, true);
    const steps = await planSteps(removeNodeSteps(removal.node.isMaster), removal);
    return { command: "remove-node", cluster: run.context.identity.name, steps };
  });
}

/** Everything that can be refused is refused here, before anything is changed. */
async function lookFirst(
  input: Omit<RemoveNodeInput, "confirm">,
  { context, specText, withSpec }: Run,
  isDryRun = false,
): Promise<Removal> {
  const { progress, signal, force, timeout } = input;
  const name = shortName(input.name, context.identity.domain);
  refuseLastMaster(name, context);
  const rest = withoutNode(context, specText, name);
  const { kube, session, others } = await connect(context, name, isDryRun);
  const node = await retryWhileApiUnavailable(context, () => findNode(name, context, { kube, session }));
  const asked = node.isMaster ? otherMaster(context, name, others) : undefined;
  demandApi(node, kube, force);
  refuseUnreachable(node, session, force);
  if (typeof kube !== "string" && node.object !== undefined) {
    refuseLosses(
      node,
      await retryWhileApiUnavailable(context, () => lookAtPods(kube, node.fqdn, signal)),
      force,
      "nothing was changed",
    );
  }
  if (asked !== undefined) {
    await refuseLostMajority(context, { node, asked, others, force });
    const even = evenMasters(rest.topology);
    if (even !== undefined) warn(context, even);
  }
  return {
    ...{ context, node, kube, session, asked, force, timeout, rest, withSpec, progress, signal, log: context.log },
    done: {
      ...{ machine: result(), nodeObject: result(), spec: result(), evicted: result() },
      ...{ isCordoned: result(), hasLeftEtcd: result() },
    },
  };
}

async function askFirst(input: RemoveNodeInput, { node, context, asked }: Removal): Promise<void> {
  const { name, provider } = context.identity;
  const machine = provider === "hosts" ? "it is reset and keeps its packages" : "its machine is destroyed";
  const lost = isLostNode(node) ? " It does not answer the cluster." : "";
  const etcd = asked === undefined ? "" : "its member of etcd goes, ";
  if (await input.confirm(`Remove ${node.name} from cluster ${name}?${lost} Its pods leave, ${etcd}${machine}.`))
    return;
  throw new AlpineK8sError("declined", "nothing was changed", {
    hints: [`alpine-k8s remove-node ${node.name} --yes`],
  });
}

/** A cordoned node with an untouched machine can be kept; a master that has left etcd cannot. */
function withUndo(error: unknown, { node, done }: Removal): unknown {
  if (!(error instanceof AlpineK8sError)) return error;
  const hasLeftEtcd = done.hasLeftEtcd.value === true;
  if (!hasLeftEtcd && done.isCordoned.value !== true) return error;
  const hint = hasLeftEtcd
    ? `alpine-k8s remove-node ${node.name}  (goes on; it has left etcd and cannot be kept)`
    : `alpine-k8s kubectl -- uncordon ${node.fqdn}  (to keep it: it is cordoned)`;
  return new AlpineK8sError(error.kind, error.message, {
    hints: [...error.hints, hint],
    cause: error.cause,
    ...(error.node === undefined ? {} : { node: error.node }),
    ...(error.logFile === undefined ? {} : { logFile: error.logFile }),
  });
}

function summaryOf({ context, node, done, rest }: Removal): RemoveNodeSummary {
  return {
    cluster: context.identity.name,
    node: node.fqdn,
    machine: done.machine.value ?? "none",
    nodeObject: done.nodeObject.value ?? "none",
    spec: done.spec.value ?? "unchanged",
    evicted: done.evicted.value ?? [],
    nodes: rest.topology.nodes.map((other) => other.name),
    warnings: context.report.warnings,
  };
}
