import { KUBEADM_LIMIT, runNodeScript } from "../../alpine/node-commands.js";
import { masterVariables } from "../../alpine/variables.js";
import { AlpineK8sError } from "../../errors.js";
import { initConfig } from "../../kubeadm/documents.js";
import type { ClusterContext } from "../context.js";
import type { NodeSession } from "../tools.js";
import { masters } from "../nodes.js";
import { NETWORK_MANIFEST_ON_NODE } from "../node-paths.js";
import type { Step } from "../step.js";

/** Seconds, also after a mere boot: with emulated processors a control plane takes minutes to come up. */
const API_WAIT = 300;

/** Makes the cluster on master1, or continues where an earlier run ended. A finished master is never reset. */
export const initControlPlane: Step<ClusterContext> = {
  title: "Initialise the control plane",
  skip: async (context) => {
    const { facts, node } = await context.fleet.prepared(masters(context.topology).first);
    const runs = facts.state === "finished" && facts.kubeletHealthz === "ok" && facts.api !== "down";
    return runs ? `${node.name} runs the cluster's API` : undefined;
  },
  run: async (context) => {
    const session = await context.fleet.prepared(masters(context.topology).first);
    context.progress.node(session.node.name, session.facts.state === "finished" ? "checking" : "kubeadm init");
    await runMasterScript(context, session);
    context.initialised = session.facts.state !== "finished";
    context.progress.node(session.node.name, "control plane runs");
  },
};

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
      kubeadmConfig: initConfig({ topology, node: session.node, spec }),
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
