import { unmetConditions } from "../alpine/facts.js";
import { statusConditions } from "../kube/fields.js";
import type { KubeObject } from "../kube/kube-object.js";
import type { PlannedNode } from "../model/topology/topology.js";
import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";
import { leadsToLost, lostMaster } from "../control-plane/living-master.js";
import { certificatesOf, leastDaysLeft, RENEW_BELOW_DAYS } from "../control-plane/certificates/certificates.js";
import { clockLimit } from "../machines/clock-limit.js";
import { differences, differenceText } from "../control-plane/differences.js";
import { ADDONS_AVAILABLE, type ConditionState } from "../control-plane/health.js";
import { ADDRESS_ANSWERS } from "../control-plane/shared-address/address-condition.js";
import type { RunInput } from "../engine/run-input.js";
import { withRun } from "../engine/with-run.js";
import type { Item } from "../engine/item.js";
import { lookingTools } from "../nodes/looking-tools.js";
import { STATE_WORDS } from "../nodes/state-words.js";
import { newerBox, type NewerBox } from "./box/newer-box.js";
import { lookAtCluster } from "./cluster-look.js";
import { planOnNodes } from "./up/plan-nodes.js";

interface NodeStatus {
  readonly name: string;
  readonly role: string;
  readonly address: string;
  /** running, halted, absent, …; `unreachable` when it runs but does not answer by ssh. */
  readonly machine: string;
  /** Ready, NotReady, `not joined`, or `unknown` when the API does not answer. */
  readonly kubernetes: string;
  readonly kubeadm: string;
  readonly kubelet: string;
  readonly alpine: string;
  /** Seconds ahead of this computer's clock, one decimal. */
  readonly clockOffset: number | null;
  readonly problems: readonly string[];
}

/** The shape of `status -o json`, documented in docs/json.md. */
export interface ClusterStatus {
  readonly cluster: string;
  readonly kubernetesVersion: string;
  readonly provider: string;
  readonly healthy: boolean;
  readonly nodes: readonly NodeStatus[];
  readonly conditions: readonly ConditionState[];
  readonly notices: readonly string[];
  /**
   * What `up` would do now, one line each; empty when it has nothing to do. A line with `tell:` is a difference that `up`
   * reports and does not change. Such lines and the renewal of certificates do not make a cluster unhealthy.
   */
  readonly upWould: readonly string[];
  /** A newer version of the machines' box in its catalogue; null when none is known. */
  readonly newerBox: NewerBox | null;
}

/** Looks at everything and changes nothing, on the nodes or in the folder. */
export async function clusterStatus(input: RunInput): Promise<ClusterStatus> {
  const tools = lookingTools(input.tools);
  return withRun({ ...input, tools }, { command: "status", lock: false, isDryRun: true }, async ({ context }) => {
    const newer = newerBox(context);
    // Awaited behind the nodes, which may fail before.
    newer.catch(() => undefined);
    const status = await statusOf(context, await context.fleet.observe());
    return { ...status, newerBox: await newer };
  });
}

/** The status of a cluster whose nodes a planning fleet has observed, in the order of the topology. */
export async function statusOf(
  context: ClusterContext,
  sessions: readonly (NodeSession | undefined)[],
): Promise<Omit<ClusterStatus, "newerBox">> {
  const states = sessions.every((session) => session !== undefined)
    ? new Map<string, string>()
    : await context.machines.states();
  const { kube, registered, conditions, unknown } = await lookAtCluster(context, sessions);
  const kubernetes = registered && new Map(registered.map((node) => [node.metadata.name, readiness(node)]));
  const limit = clockLimit(context.machines);
  const nodes = context.topology.nodes.map((node, index) =>
    nodeStatus({ node, session: sessions[index], machine: states.get(node.name), kubernetes, limit }),
  );
  const { identity } = context;
  const plan = await planOnNodes(context, { asksApi: typeof kube !== "string" });
  const lost = await lostMaster(context, sessions);
  const todo = [
    ...(lost === undefined ? [] : [`write admin.config, ${leadsToLost(lost)} (at once: alpine-k8s kubectl-config)`]),
    ...nodes.flatMap((node, index) => whatUpWouldDo(node, plan.get(context.topology.nodes[index]?.name ?? ""))),
    ...conditions.filter(({ id, met }) => !met && !MAY_LACK.includes(id)).map((one) => `wait for ${one.id}`),
    ...unknown,
  ];
  const found = differences({
    topology: context.topology,
    machines: await context.machines.existing(),
    sessions: sessions.filter((session) => session !== undefined),
    registered: registered ?? [],
  });
  return {
    cluster: identity.name,
    kubernetesVersion: identity.kubernetesVersion,
    provider: identity.provider,
    healthy: todo.length === 0,
    nodes,
    conditions,
    notices: [...new Set(sessions.flatMap((session) => session?.facts.notices ?? []))],
    upWould: [...todo, ...renewals(sessions), ...found.map((one) => `tell: ${differenceText(one)}`)],
  };
}

/** Certificates that expire soon: `up` renews them, the cluster is healthy meanwhile. */
function renewals(sessions: readonly (NodeSession | undefined)[]): string[] {
  return sessions.flatMap((session) => {
    if (session?.facts.state !== "finished") return [];
    const { node, facts } = session;
    const days = leastDaysLeft(certificatesOf(node.name, facts)) ?? RENEW_BELOW_DAYS;
    if (!facts.renewalPending && days >= RENEW_BELOW_DAYS) return [];
    return [
      `renew the certificates of ${node.fqdn} (${facts.renewalPending ? "cut off before" : `${days} days left`})`,
    ];
  });
}

function readiness(node: KubeObject): string {
  const ready = statusConditions(node).some(({ type, status }) => type === "Ready" && status === "True");
  return ready ? "Ready" : "NotReady";
}

interface SeenNode {
  readonly node: PlannedNode;
  readonly session: NodeSession | undefined;
  readonly machine: string | undefined;
  readonly kubernetes: ReadonlyMap<string, string> | undefined;
  /** Seconds that its clock may be off. */
  readonly limit: number;
}

function nodeStatus({ node, session, machine, kubernetes, limit }: SeenNode): NodeStatus {
  const facts = session?.facts;
  const common = {
    name: node.fqdn,
    role: node.role,
    address: node.address,
    kubernetes: kubernetes === undefined ? "unknown" : (kubernetes.get(node.fqdn) ?? "not joined"),
  };
  if (!session || !facts) {
    // A host exists whether it answers or not; a machine of ours that Vagrant does not know is absent.
    const state = machine === "running" || node.access ? "unreachable" : (machine ?? "absent");
    return { ...common, machine: state, kubeadm: "-", kubelet: "-", alpine: "-", clockOffset: null, problems: [] };
  }
  return {
    ...common,
    machine: "running",
    kubeadm: facts.kubeadm ?? "none",
    kubelet: facts.kubelet ?? "none",
    alpine: facts.os,
    clockOffset: Math.round(session.clockOffset * 10) / 10,
    problems: [...clockProblem(session, limit), ...problemsOf(session)],
  };
}

/** Listed first: with a wrong clock certificates are not valid, which may cause the other problems. */
function clockProblem({ clockOffset }: NodeSession, limit: number): string[] {
  if (Math.abs(clockOffset) <= limit) return [];
  return [`clock: ${Math.round(Math.abs(clockOffset))} s ${clockOffset > 0 ? "ahead of" : "behind"} this computer's`];
}

function problemsOf({ facts }: NodeSession): string[] {
  if (facts.state === "foreign") return [STATE_WORDS.foreign];
  const unmet = unmetConditions(facts).filter(({ weight }) => weight === "fatal" || facts.state !== "finished");
  const problems = unmet.map((condition) => `${condition.id}: ${condition.reason}`);
  if (facts.state !== "finished") return [...problems, STATE_WORDS[facts.state]];
  if (facts.kubeletHealthz !== "ok") problems.push(`kubelet: ${facts.kubeletService}, ${facts.kubeletHealthz}`);
  if (facts.api === "down") problems.push("api: does not answer on this master");
  return problems;
}

/** Conditions that a healthy cluster may lack. */
const MAY_LACK: readonly string[] = [ADDONS_AVAILABLE, ADDRESS_ANSWERS];
/** What `up` would do on a node that is well. The address of all masters is a condition of its own. */
const NO_TROUBLE: readonly string[] = ["pin-host-key", "renew", "put-pod", "use-address", "drop-pod"];

/** The words of what `up` would do on a node: what was seen that calls for it, else what it is. */
function whatUpWouldDo(node: NodeStatus, items: readonly Item[] | undefined): readonly string[] {
  const worth = items?.filter(({ action }) => !NO_TROUBLE.includes(action));
  if (worth === undefined || (worth.length === 0 && items?.length !== 0)) return [];
  if (node.machine === "absent") return [`create ${node.name}`];
  if (node.machine === "unreachable") return [`try ${node.name} again, which does not answer by ssh`];
  if (node.machine !== "running") return [`start ${node.name} (${node.machine})`];
  if (items?.length === 0) return [`refuse ${node.name}: ${node.problems.join("; ")}`];
  if (node.problems.length === 0) return worth.map(({ text }) => text);
  return node.problems.map((problem) => `see to ${node.name}: ${problem}`);
}
