import { runNodeScript } from "../../alpine/node-commands.js";
import { STEP_BEYOND } from "../../machines/clock-limit.js";
import { sharedVariables } from "../../alpine/variables.js";
import { adminConfigFinding, conditionFindings } from "./cluster-findings.js";
import { canRepair, isKubeletDown, nodeFindings, noAnswer, notSeen, type SeenNode } from "./node-findings.js";
import { startKubelet } from "./start-kubelet.js";
import type { Finding } from "./run-checks.js";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import { tellLines } from "../../engine/tell-lines.js";
import { lookingTools } from "../../nodes/looking-tools.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";

/** Looks at the cluster, and at every node of it once; nothing is started or changed. */
export async function lookAtNodes(input: RunInput): Promise<readonly Finding[]> {
  return withNodes({ ...input, tools: lookingTools(input.tools) }, async (context, sessions) => {
    const states = await statesOf(context, sessions);
    const found = context.topology.nodes.flatMap((node, index) => {
      const session = sessions[index];
      return session ? nodeFindings(seen(context, session)) : [unseen(node, states)];
    });
    const config = await adminConfigFinding(context, sessions);
    return [...found, ...(await conditionFindings(context, sessions)), config];
  });
}

/**
 * Repairs what `shared.sh` can repair on the nodes that answer, steps the clocks that we manage, and starts kubelets that
 * do not run. Returns what was done, by `<name in Kubernetes> <id>`. A node that cannot be repaired is a warning and does
 * not stop the others.
 */
export async function repairNodes(input: RunInput): Promise<ReadonlyMap<string, string>> {
  const done = new Map<string, string>();
  await withNodes(input, async (context, sessions) => {
    const answering = sessions.filter((session) => session !== undefined);
    await Promise.all(answering.map((session) => repairNode(context, session, done)));
    return [];
  });
  return done;
}

async function repairNode(context: ClusterContext, session: NodeSession, done: Map<string, string>): Promise<void> {
  const node = seen(context, session);
  const lacksKubelet = isKubeletDown(node);
  if (!canRepair(node) && !lacksKubelet) return;
  context.log.persist();
  try {
    if (canRepair(node)) await prepareAgain(context, session, done);
    if (!lacksKubelet) return;
    await startKubelet(context, session);
    done.set(`${node.fqdn} kubelet`, "started");
  } catch (error) {
    context.signal.throwIfAborted();
    context.progress.warn(messageOf(error));
  }
}

async function prepareAgain(context: ClusterContext, session: NodeSession, done: Map<string, string>): Promise<void> {
  const { node, host, clockOffset, clockReference } = session;
  const { progress, log, machines, signal } = context;
  const script = (await context.scripts()).shared;
  const time = machines.capabilities.managesClock ? clockReference : undefined;
  const variables = sharedVariables(context.fleet.nodeInput(session), time);
  const result = await tellLines({ progress, log, name: node.name, activity: "preparing" }, (onLine) =>
    runNodeScript(host, { name: "shared.sh", script, variables, signal, onLine }),
  );
  for (const id of result.changed) done.set(`${node.fqdn} ${id}`, "made so by shared.sh");
  if (machines.capabilities.managesClock && Math.abs(clockOffset) > STEP_BEYOND)
    done.set(`${node.fqdn} clock`, "stepped");
  if (result.changed.includes("hosts-endpoint")) {
    progress.warn(
      `${node.name}: the API's entry in its hosts file is new; alpine-k8s up tells the pods that copied it`,
    );
  }
}

type Seen = readonly (NodeSession | undefined)[];

/** Runs `work` with connections to the nodes of a pinned cluster; when that is impossible, one finding says why. */
async function withNodes(
  input: RunInput,
  work: (context: ClusterContext, sessions: Seen) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await withRun(input, { command: "doctor", lock: false, allowBrokenFolder: true }, async ({ context }) => {
      return work(context, await context.fleet.observe());
    });
  } catch (error) {
    input.signal.throwIfAborted();
    if (!(error instanceof AlpineK8sError) || error.kind === "bug") throw error;
    return [notSeen("the nodes", `the folder cannot be used: ${error.message.split("\n")[0] ?? ""}`)];
  }
}

/** Vagrant's own user has sudo; hosts say what they have, `auto` most often means sudo. */
function becomeOf({ access }: PlannedNode): string {
  if (access === undefined) return "sudo";
  if (access.user === "root" || access.become === "none") return "";
  return access.become === "doas" ? "doas" : "sudo";
}

function seen({ machines, tools }: ClusterContext, { node, facts, clockOffset }: NodeSession): SeenNode {
  return {
    fqdn: node.fqdn,
    name: node.name,
    facts,
    clockOffset,
    stepsClock: machines.capabilities.managesClock,
    become: becomeOf(node),
    now: tools.computer.now(),
  };
}

/** States of machines as the provider reports them; empty when it cannot be asked. */
async function statesOf({ machines, signal }: ClusterContext, sessions: Seen): ReturnType<typeof machines.states> {
  if (sessions.every((session) => session !== undefined)) return new Map();
  return machines.states().catch(() => {
    signal.throwIfAborted();
    return new Map();
  });
}

function unseen(node: PlannedNode, states: ReadonlyMap<string, string>): Finding {
  const state = states.get(node.name);
  if (node.access) return noAnswer(node.fqdn, `does not answer by ssh at ${node.access.address}`);
  if (state === "running")
    return noAnswer(node.fqdn, `the machine runs, but does not answer by ssh at ${node.address}`);
  return notSeen(node.fqdn, `the machine is ${state ?? "not there, or cannot be asked"}; alpine-k8s up starts it`);
}
