import { observeNode } from "../../alpine/node-commands.js";
import { sharedVariables } from "../../alpine/variables.js";
import { AlpineK8sError } from "../../base/errors.js";
import { SECRET_MODE, writeIfChanged } from "../../base/files.js";
import type { PlannedNode } from "../../model/topology/topology.js";
import { certificateAdvice } from "../../control-plane/certificates/advice.js";
import { certificatesOf, type ClusterCertificate } from "../../control-plane/certificates/certificates.js";
import { putServing } from "../../control-plane/certificates/put-serving.js";
import { hasOwnServing } from "../../control-plane/certificates/serving-pem.js";
import type { ClusterContext } from "../../engine/context.js";
import { clockLimit } from "../../machines/clock-limit.js";
import { chooseApiMaster } from "../../control-plane/masters.js";
import { configToKeep } from "../../control-plane/shared-address/config-at-address.js";
import { adminConfigOf, freshAdminConfig } from "../../control-plane/api-config.js";
import { masters } from "../../nodes/nodes.js";
import { renewal as renewalOfKubelet } from "../up/steps/renew-kubelet-certificates.js";
import { renewOnMaster, renewOnMasters } from "../../control-plane/certificates/renew-on-master.js";
import { onNode, overall, type Plan } from "../../engine/item.js";
import { planningTools } from "../../nodes/planning-tools.js";
import { result, type OwnResult, type Result } from "../../engine/result.js";
import { planSteps, runSteps, type Step } from "../../engine/step.js";
import type { NodeSession } from "../../engine/node-session.js";
import type { RunInput } from "../../engine/run-input.js";
import { withRun } from "../../engine/with-run.js";

/** What `certs renew` did; the shape of its `-o json`, documented in docs/json.md. */
export interface CertsRenewed {
  readonly cluster: string;
  /** What was renewed, as it is now: what kubeadm renews, and what kubelets show. */
  readonly certificates: readonly ClusterCertificate[];
  /** Path of the kubeconfig that was made anew. */
  readonly adminConfig: string;
  /** What to type about certificates that this command does not renew, a line each. */
  readonly advice: readonly string[];
}

/**
 * Renews what kubeadm renews on every master, however long it is still valid, sees to it that all programs of the control
 * plane use it and are ready, gives the kubelets of all nodes that answer new certificates, and makes admin.config anew. Can
 * be run again when it was cut off. Throws `node` before anything is changed when a master is not set up, does not answer,
 * or has a wrong clock.
 */
export async function certsRenew(input: RunInput): Promise<CertsRenewed> {
  return withRun(input, { command: "certs renew", lock: true }, async ({ context }) => {
    const seen = result<Sessions>();
    await runSteps(renewSteps(seen), context);
    const all = await Promise.all((seen.value ?? []).map((session) => certificatesNow(context, session)));
    return {
      cluster: context.identity.name,
      certificates: all.flat().filter(({ renewedBy }) => renewedBy === "kubeadm" || renewedBy === "alpine-k8s"),
      adminConfig: context.paths.adminConfig,
      advice: certificateAdvice(all.flat()),
    };
  });
}

/** What {@link certsRenew} would do now. Looks at the nodes, and changes nothing; refuses what that refuses. */
export async function planCertsRenew(input: RunInput): Promise<Plan> {
  const planning = { ...input, tools: planningTools(input.tools, { bringsUp: false }) };
  return withRun(planning, { command: "certs renew", lock: false, isDryRun: true }, async ({ context }) => {
    const steps = await planSteps(renewSteps(result()), context);
    return { command: "certs renew", cluster: context.identity.name, steps };
  });
}

type Sessions = readonly NodeSession[];

/** `seen` are the nodes that answer. */
function renewSteps(seen: OwnResult<Sessions>): readonly Step<ClusterContext>[] {
  return [
    {
      id: "look-at-nodes",
      title: "Look at the nodes",
      plan: async (context) => {
        const sessions = (await context.fleet.observe()).filter((session) => session !== undefined);
        context.signal.throwIfAborted();
        seen.give(sessions);
        chooseApiMaster(context, sessions);
        mastersOf(context, seen);
        return [];
      },
      // The plan has looked.
      run: () => Promise.resolve(),
    },
    {
      id: "renew-certificates",
      title: "Renew certificates",
      plan: (context) =>
        Promise.resolve(
          mastersOf(context, seen).map(({ node: { name } }) =>
            onNode(
              name,
              "renew",
              `renew the certificates of ${name}, and restart its controller manager and scheduler`,
            ),
          ),
        ),
      run: async (context) => {
        const sessions = mastersOf(context, seen);
        await renewOnMasters(sessions, (session) => renewOnMaster(context, session));
        await freshAdminConfig(context);
      },
    },
    {
      id: "renew-kubelet-certificates",
      title: "Renew kubelet certificates",
      plan: (context) => {
        if (hasOwnServing(context.spec)) return Promise.resolve("they do not come from us");
        return Promise.resolve(withKubelet(seen).map(({ node }) => renewalOfKubelet(node)));
      },
      run: async (context) => {
        await putServing(context, withKubelet(seen), { anew: true });
      },
    },
    {
      id: "write-admin-config",
      title: "Write admin.config",
      plan: () => Promise.resolve([overall("write", "write admin.config")]),
      run: async (context) => {
        await writeIfChanged(
          context.paths.adminConfig,
          await configToKeep(context, await adminConfigOf(context)),
          SECRET_MODE,
        );
      },
    },
  ];
}

/** The nodes that have joined, of those that answer. */
function withKubelet({ value: sessions = [] }: Result<Sessions>): Sessions {
  return sessions.filter(({ facts }) => facts.state === "finished");
}

async function certificatesNow(context: ClusterContext, session: NodeSession): Promise<readonly ClusterCertificate[]> {
  const { shared } = await context.scripts();
  const variables = sharedVariables(context.fleet.nodeInput(session));
  const { facts } = await observeNode(session.host, shared, variables, context.signal);
  return certificatesOf(session.node.name, facts);
}

/**
 * All masters. Throws `node` when one is not set up, does not answer, or has a clock that certificates must not be made
 * with.
 */
function mastersOf(context: ClusterContext, { value: sessions = [] }: Result<Sessions>): readonly NodeSession[] {
  const { first, further } = masters(context.topology);
  return [first, ...further].map((node) =>
    fitMaster(
      context,
      node,
      sessions.find((session) => session.node.name === node.name),
    ),
  );
}

function fitMaster(context: ClusterContext, { name }: PlannedNode, session: NodeSession | undefined): NodeSession {
  const refuse = (why: string): AlpineK8sError =>
    new AlpineK8sError("node", `${name} ${why}`, {
      node: name,
      hints: ["alpine-k8s up", "alpine-k8s status"],
    });
  if (!session) throw refuse("does not answer by ssh, and its certificates are renewed there");
  if (session.facts.state !== "finished") throw refuse("is not set up yet: it has no certificates to renew");
  const offset = Math.round(session.clockOffset);
  if (Math.abs(session.clockOffset) <= clockLimit(context.machines)) return session;
  throw refuse(
    `has a clock that is ${Math.abs(offset)} s ${offset > 0 ? "ahead" : "behind"}; set it first, or the new certificates are not valid`,
  );
}
