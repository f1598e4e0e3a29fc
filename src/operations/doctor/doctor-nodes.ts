import { runNodeScript } from "../../alpine/node-commands.js";
import { STEP_BEYOND } from "../../machines/clock-limit.js";
import { sharedVariables } from "../../alpine/variables.js";
import { canRepair, nodeFindings, noAnswer, notSeen, type SeenNode } from "./node-findings.js";
import { readIfExists } from "../../base/files.js";
import { failed, ok, type Outcome, skipped } from "./check.js";
import { type Finding, findingOf } from "./run-checks.js";
import { leadsToLost, lostMaster, masterIn } from "../../control-plane/living-master.js";
import { masters } from "../../nodes/nodes.js";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import type { ClusterContext } from "../../engine/context.js";
import type { NodeSession } from "../../engine/node-session.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";

/** Looks at every node of the cluster once; nothing is started or changed. */
export async function lookAtNodes(input: RunInput): Promise<readonly Finding[]> {
  return withNodes(input, async (context, sessions) => {
    const states = await statesOf(context, sessions);
    const found = context.topology.nodes.flatMap((node, index) => {
      const session = sessions[index];
      return session ? nodeFindings(seen(context, session)) : [unseen(node, states)];
    });
    return [...found, ...(await adminConfigFinding(context, sessions))];
  });
}

/** Whether admin.config leads to a master that answers; of interest only where there are several. */
async function adminConfigFinding(context: ClusterContext, sessions: Seen): Promise<readonly Finding[]> {
  if (masters(context.topology).further.length === 0) return [];
  const lost = await lostMaster(context, sessions);
  const text = await readIfExists(context.paths.adminConfig);
  const named = text === undefined ? undefined : masterIn(context.topology, text);
  const outcome = (): Outcome => {
    if (lost !== undefined)
      return failed(`there is an admin.config, ${leadsToLost(lost)}`, "alpine-k8s kubectl-config");
    if (named === undefined) return skipped("there is no admin.config that leads to the address of a master");
    const answers = sessions.some((session) => session?.node.name === named);
    return answers ? ok(`leads to ${named}, which answers`) : skipped("no master answers");
  };
  return [findingOf({ id: "admin-config", on: "the folder", weight: "error" }, outcome())];
}

/**
 * Repairs what `shared.sh` can repair on the nodes that answer, and steps the clocks that we manage. Returns what was
 * done, by `<name in Kubernetes> <id>`. A node that cannot be repaired is a warning and does not stop the others.
 */
export async function repairNodes(input: RunInput): Promise<ReadonlyMap<string, string>> {
  const done = new Map<string, string>();
  await withNodes(input, async (context, sessions) => {
    const wanted = sessions.flatMap((session) => (session && canRepair(seen(context, session)) ? [session] : []));
    await Promise.all(wanted.map((session) => repairNode(context, session, done)));
    return [];
  });
  return done;
}

async function repairNode(context: ClusterContext, session: NodeSession, done: Map<string, string>): Promise<void> {
  const { node, host, clockOffset, clockReference } = session;
  const { progress, machines, signal } = context;
  progress.node(node.name, "preparing");
  context.log.persist();
  try {
    const result = await runNodeScript(host, {
      name: "shared.sh",
      script: (await context.scripts()).shared,
      variables: sharedVariables(context.fleet.nodeInput(session), machines.managesClock ? clockReference : undefined),
      signal,
      onLine: (line) => progress.detail(`${node.name}: ${line}`),
    });
    for (const id of result.changed) done.set(`${node.fqdn} ${id}`, "made so by shared.sh");
    if (machines.managesClock && Math.abs(clockOffset) > STEP_BEYOND) done.set(`${node.fqdn} clock`, "stepped");
    if (result.changed.includes("hosts-endpoint")) {
      progress.warn(
        `${node.name}: the API's entry in its hosts file is new; alpine-k8s up tells the pods that copied it`,
      );
    }
  } catch (error) {
    signal.throwIfAborted();
    progress.warn(messageOf(error));
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

function seen({ machines }: ClusterContext, { node, facts, clockOffset }: NodeSession): SeenNode {
  return {
    fqdn: node.fqdn,
    name: node.name,
    facts,
    clockOffset,
    stepsClock: machines.managesClock,
    become: becomeOf(node),
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
