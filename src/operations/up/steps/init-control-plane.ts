import { KUBEADM_LIMIT, runNodeScript } from "../../../alpine/node-commands.js";
import { masterVariables } from "../../../alpine/variables.js";
import { AlpineK8sError, messageOf } from "../../../base/errors.js";
import { initConfig } from "../../../model/kubeadm/documents.js";
import type { ClusterContext } from "../../../engine/context.js";
import type { NodeSession } from "../../../engine/node-session.js";
import { apiMaster, furtherMasters } from "../../../control-plane/masters.js";
import { joinMaster, needsJoinAsMaster } from "../../../control-plane/join-master.js";
import { causeOfNoApi } from "../../../control-plane/cut-off-join.js";
import { refuseSplitCluster } from "../../../control-plane/refuse-split-cluster.js";
import { NETWORK_MANIFEST_ON_NODE } from "../../../nodes/node-paths.js";
import { API_WAIT } from "../../../nodes/node-waits.js";
import type { Step } from "../../../engine/step.js";

/**
 * Makes the cluster on master1, or continues where an earlier run ended. When a master is finished already, that one is
 * checked and brought up instead: a finished master is never reset.
 */
export const initControlPlane: Step<ClusterContext> = {
  title: "Initialise the control plane",
  skip: async (context) => {
    const { facts, node } = await context.fleet.prepared(apiMaster(context));
    const runs = facts.state === "finished" && facts.kubeletHealthz === "ok" && facts.api !== "down";
    return runs ? `${node.name} runs the cluster's API` : undefined;
  },
  run: async (context) => {
    const session = await context.fleet.prepared(apiMaster(context));
    if (session.facts.state === "clean") await refuseSplitCluster(context);
    context.progress.node(session.node.name, session.facts.state === "finished" ? "checking" : "kubeadm init");
    const made = runMasterScript(context, session).catch(async (error: unknown) => {
      throw await causeOfNoApi(context, session, error);
    });
    // This master's API needs a majority of etcd, so other masters that are down are brought up at the same time.
    await Promise.all([made, ...(await bringUpOthers(context, session))]);
    context.initialised = session.facts.state !== "finished";
    context.apiMaster = session.node;
    context.progress.node(session.node.name, "control plane runs");
  },
};

async function bringUpOthers(context: ClusterContext, asked: NodeSession): Promise<readonly Promise<void>[]> {
  if (asked.facts.state !== "finished") return [];
  const others = (await furtherMasters(context)).filter(
    (session) => session.facts.state === "finished" && needsJoinAsMaster(session),
  );
  // A failure here shows again when the masters join.
  return others.map((session) =>
    joinMaster(context, { session, asked, token: "" }).catch((error: unknown) => {
      context.progress.detail(`${session.node.name}: ${messageOf(error)}`);
    }),
  );
}

async function runMasterScript(context: ClusterContext, session: NodeSession): Promise<void> {
  const { topology, spec, secrets } = context;
  const networkManifest = context.network === undefined ? "" : NETWORK_MANIFEST_ON_NODE;
  if (context.network) {
    await session.host.putFile(NETWORK_MANIFEST_ON_NODE, context.network.text, { signal: context.signal });
  }
  const result = await runNodeScript(session.host, {
    name: "master.sh",
    script: (await context.scripts()).master,
    variables: masterVariables({
      ...context.fleet.nodeInput(session),
      kubeadmConfig: initConfig({
        ...{ topology, node: session.node, spec },
        isContainer: session.facts.container !== undefined,
      }),
      token: secrets.token,
      ca: { certificate: secrets.caCertificate, key: caKeyFor(context, session) },
      networkManifest,
      apiWait: API_WAIT,
    }),
    secrets: [secrets.token, ...(secrets.caKey === undefined ? [] : [secrets.caKey])],
    timeout: KUBEADM_LIMIT,
    signal: context.signal,
    onLine: (line) => context.progress.detail(`${session.node.name}: ${line}`),
  });
  context.networkApplied = [...result.changed, ...result.present].includes("network");
  for (const warning of result.warnings) context.progress.detail(`${session.node.name}: ${warning}`);
}

/** A master that is to be made needs the CA's key; a finished one has it. */
function caKeyFor(context: ClusterContext, session: NodeSession): string {
  if (context.secrets.caKey !== undefined) return context.secrets.caKey;
  if (session.facts.state === "finished") return "";
  throw new AlpineK8sError(
    "conflict",
    `${session.node.name}: the cluster has to be made here, but the key of its CA is gone (${context.paths.caKey})`,
    {
      node: session.node.name,
      hints: ["if the old cluster is lost for good: alpine-k8s destroy, then alpine-k8s up"],
    },
  );
}
