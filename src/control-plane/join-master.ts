import { runNodeScript } from "../alpine/node-commands.js";
import { furtherMasterVariables } from "../alpine/variables.js";
import { AlpineK8sError } from "../base/errors.js";
import { joinConfig } from "../model/kubeadm/documents.js";
import type { ClusterContext } from "../engine/context.js";
import { servingPem } from "./certificates/serving-pem.js";
import { askEtcdMembers, leaveEtcd, membersOf } from "./etcd-members.js";
import { apiWait, scriptLimit } from "../nodes/node-waits.js";
import { needsJoin } from "../nodes/nodes.js";
import type { NodeSession } from "../engine/node-session.js";
import { tellLines } from "../engine/tell-lines.js";

/** What every master of a cluster shares (kubeadm: "Manual certificate distribution"), below /etc/kubernetes/pki. */
const SHARED_FILES = [
  ...["ca.crt", "ca.key", "sa.key", "sa.pub", "front-proxy-ca.crt", "front-proxy-ca.key"],
  ...["etcd/ca.crt", "etcd/ca.key"],
];

interface Joining {
  readonly session: NodeSession;
  readonly asked: NodeSession;
  readonly token: string;
}

/** Whether the node still has to join as a master, or its part of the control plane is down. */
export function needsJoinAsMaster(session: NodeSession): boolean {
  return needsJoin(session) || session.facts.api === "down";
}

/**
 * Runs `master.sh` on a further master: it joins with the shared certificates of the master `asked`; one that has
 * joined is checked and brought up. A member that an interrupted join left in etcd is removed first, because etcd
 * accepts no other member while one does not come up.
 */
export async function joinMaster(context: ClusterContext, { session, asked, token }: Joining): Promise<void> {
  const { node, facts, host } = session;
  const isFinished = facts.state === "finished";
  if (!isFinished) await leaveEtcd(context, node, asked);
  else if (facts.api !== "ok") await demandMember(context, session, asked);
  const pki = isFinished ? "" : await sharedPki(context, asked);
  const pem = isFinished ? "" : await servingPem(context, node);
  const script = (await context.scripts()).master;
  const variables = furtherMasterVariables({
    ...context.fleet.nodeInput(session),
    servingPem: pem,
    kubeadmConfig: joinConfig({ topology: context.topology, node, spec: context.spec }),
    token,
    pki,
    apiWait: apiWait(context.spec),
  });
  const { progress, log, signal } = context;
  const activity = isFinished ? "checking" : "kubeadm join";
  const result = await tellLines({ progress, log, name: node.name, activity }, (onLine) =>
    runNodeScript(host, {
      ...{ name: "master.sh", script, variables, timeout: scriptLimit(context.spec), signal, onLine },
      secrets: [token, pki, pem].filter((secret) => secret !== ""),
    }),
  );
  for (const warning of result.warnings) context.progress.detail(`${node.name}: ${warning}`);
  context.progress.node(node.name, isFinished ? "control plane runs" : "joined");
}

/** Refuses a master that an interrupted removal has taken out of etcd: its API would never come up. */
async function demandMember(context: ClusterContext, { node }: NodeSession, asked: NodeSession): Promise<void> {
  if (asked.node.name === node.name || asked.facts.api !== "ok") return;
  if (membersOf(node, await askEtcdMembers(context, asked.host)).length > 0) return;
  throw new AlpineK8sError("node", `${node.name} is not in etcd any more, so its API cannot come up`, {
    node: node.name,
    hints: [
      `alpine-k8s remove-node ${node.name}  (continues the interrupted removal)`,
      "then, to have it back: alpine-k8s add-node --role master",
    ],
  });
}

/** The shared certificates and keys: a tar archive in base64, on one line. It goes to the new master and nowhere else. */
async function sharedPki(context: ClusterContext, { host }: NodeSession): Promise<string> {
  const { stdout } = await host.run({
    name: "shared certificates",
    script: `tar -C /etc/kubernetes/pki -cf - ${SHARED_FILES.join(" ")} | base64\n`,
    readOnly: true,
    secretOutput: true,
    signal: context.signal,
  });
  return stdout.replace(/\s/g, "");
}
