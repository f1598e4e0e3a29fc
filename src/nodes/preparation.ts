import { unmetConditions, type NodeFacts } from "../alpine/facts.js";
import { AlpineK8sError, combineFailures } from "../base/errors.js";
import { onNode, type Item } from "../engine/item.js";
import type { NodeSession } from "../engine/node-session.js";
import { clockAdvice, clockLimit } from "../machines/clock-limit.js";
import type { Machines } from "../machines/machines.js";

/** What `shared.sh` has to do before the node is fit for Kubernetes; nothing when it is. */
export function preparation(session: NodeSession, machines: Machines): readonly Item[] {
  const { name } = session.node;
  const unmet = unmetConditions(session.facts).map(({ id, reason }) =>
    onNode(name, id, `see to ${id} on ${name}: ${reason}`),
  );
  const clock = hasWrongClock(session, machines) ? [onNode(name, "set-clock", `set the clock of ${name}`)] : [];
  if (!needsPreparation(session.facts)) return clock;
  return unmet.length + clock.length === 0 ? [prepare(name)] : [...clock, ...unmet];
}

/** The preparation of a node of which more is not known. */
export function prepare(name: string): Item {
  return onNode(name, "prepare", `prepare ${name} for Kubernetes`);
}

/** A node that is set up already is touched only for what would stop it; a new one gets everything. */
function needsPreparation(facts: NodeFacts): boolean {
  const unmet = unmetConditions(facts);
  return facts.state === "finished" ? unmet.some((condition) => condition.weight === "fatal") : true;
}

function hasWrongClock({ clockOffset }: NodeSession, machines: Machines): boolean {
  return machines.capabilities.managesClock && Math.abs(clockOffset) > clockLimit(machines);
}

/** Throws `conflict` for a node of another cluster, `node` for one whose clock is wrong and not ours to set. */
export function refuseUnfit(session: NodeSession, machines: Machines): void {
  refuseForeign(session);
  const offset = Math.abs(session.clockOffset);
  if (machines.capabilities.managesClock || offset <= clockLimit(machines)) return;
  const direction = session.clockOffset > 0 ? "ahead of" : "behind";
  throw new AlpineK8sError(
    "node",
    `${session.node.name}: its clock is ${Math.round(offset)} s ${direction} this computer's; certificates would not be valid`,
    {
      node: session.node.name,
      hints: [clockAdvice(machines)],
    },
  );
}

/** Throws `conflict` for the machines that belong to another cluster, of all of them as one error. */
export function refuseAllForeign(sessions: readonly (NodeSession | undefined)[]): void {
  const failures = sessions.flatMap((session) =>
    session?.facts.state === "foreign" ? [{ node: session.node.name, error: foreign(session) }] : [],
  );
  if (failures.length > 0) throw combineFailures("looking at the machines", failures);
}

function refuseForeign(session: NodeSession): void {
  if (session.facts.state === "foreign") throw foreign(session);
}

function foreign({ node }: NodeSession): AlpineK8sError {
  return new AlpineK8sError(
    "conflict",
    `${node.name}: the machine belongs to another cluster (kubeadm's files are there, made with another CA); it was left alone`,
    {
      node: node.name,
      hints: ["use another machine, or give it up there: kubeadm reset -f && rm -rf /etc/alpine-k8s"],
    },
  );
}

/** The node's facts once `shared.sh` has changed these: the endpoint's entry in the hosts file is one that pods copy. */
export function afterPreparation(facts: NodeFacts, changed: readonly string[]): NodeFacts {
  return changed.length === 0 ? facts : { ...facts, conditions: facts.conditions.map(asFixed(changed)) };
}

function asFixed(changed: readonly string[]) {
  return (condition: NodeFacts["conditions"][number]): NodeFacts["conditions"][number] =>
    changed.includes(condition.id) ? { ...condition, state: "fixed" } : condition;
}
