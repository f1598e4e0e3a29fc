import type { Addon } from "../addons/addon.js";
import { runNodeScript } from "../alpine/node-commands.js";
import { masterVariables, type MasterInput } from "../alpine/variables.js";
import { AlpineK8sError } from "../base/errors.js";
import type { ClusterContext } from "../engine/context.js";
import type { NodeSession } from "../engine/node-session.js";
import { tellLines } from "../engine/tell-lines.js";
import { initConfig } from "../model/kubeadm/documents.js";
import { NETWORK_MANIFEST_ON_NODE } from "../nodes/node-paths.js";
import { apiWait, scriptLimit } from "../nodes/node-waits.js";

/** What `master.sh` has done itself, and what it has left to others. */
export interface MadeMaster {
  /** Whether it has applied the network manifest now; that it has done so before does not show it to be the last one. */
  readonly hasAppliedNetwork: boolean;
  /** Whether it has left CoreDNS and what else waits for the network to another call. */
  readonly isRestLeft: boolean;
}

interface MasterRun extends Pick<MasterInput, "networkWait"> {
  /** What the kubelet of a new master shows, and its key; empty for one that is made. */
  readonly pem?: string;
  readonly activity: string;
  readonly network: Pick<Addon, "text"> | undefined;
}

/**
 * Runs `master.sh` on the master that makes the cluster, or has made it. `network` is the manifest that it gets, and
 * `activity` what the node's progress line says.
 */
export async function runMasterScript(
  context: ClusterContext,
  session: NodeSession,
  { activity, networkWait, network, pem = "" }: MasterRun,
): Promise<MadeMaster> {
  const { topology, spec, secrets, progress, log, signal } = context;
  const networkManifest = network === undefined ? "" : NETWORK_MANIFEST_ON_NODE;
  if (network !== undefined) await session.host.putFile(NETWORK_MANIFEST_ON_NODE, network.text, { signal });
  const script = (await context.scripts()).master;
  const variables = masterVariables({
    ...context.fleet.nodeInput(session),
    servingPem: pem,
    kubeadmConfig: initConfig({
      ...{ topology, node: session.node, spec },
      isContainer: session.facts.container !== undefined,
    }),
    token: secrets.token,
    ca: { certificate: secrets.caCertificate, key: caKeyFor(context, session) },
    networkManifest,
    networkWait,
    apiWait: apiWait(spec),
  });
  const result = await tellLines({ progress, log, name: session.node.name, activity }, (onLine) =>
    runNodeScript(session.host, {
      ...{ name: "master.sh", script, variables, timeout: scriptLimit(spec), signal, onLine },
      secrets: [secrets.token, secrets.caKey ?? "", pem].filter((secret) => secret !== ""),
    }),
  );
  for (const warning of result.warnings) context.progress.detail(`${session.node.name}: ${warning}`);
  const isRestLeft = ![...result.changed, ...result.present].includes("dns");
  return { hasAppliedNetwork: result.changed.includes("network"), isRestLeft };
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
