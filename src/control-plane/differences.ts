import { isCordoned } from "../kube/cordon-node.js";
import type { KubeObject } from "../kube/kube-api.js";
import { planChanges, type ExistingNode, type Notice } from "../model/topology/plan-changes.js";
import type { Topology } from "../model/topology/topology.js";
import type { NodeSession } from "../engine/node-session.js";

export interface Seen {
  readonly topology: Topology;
  /** Names of machines that exist, running or not. */
  readonly machines: readonly string[];
  /** The nodes that answered. */
  readonly sessions: readonly NodeSession[];
  /** Nodes as the cluster's API knows them; empty when it was not asked. */
  readonly registered: readonly KubeObject[];
}

/**
 * Where reality differs from the spec: sizes, roles, nodes that the spec does not name, and cordoned nodes, such as an
 * interrupted removal leaves. Each is reported once; nothing is changed.
 */
export function differences({ topology, machines, sessions, registered }: Seen): readonly Notice[] {
  const end = `.${topology.identity.domain}`;
  const short = registered.map(({ metadata: { name } }) => (name.endsWith(end) ? name.slice(0, -end.length) : name));
  const seen = new Map(sessions.map((session) => [session.node.name, existingNode(session)]));
  const names = [...new Set([...machines, ...short, ...seen.keys()])].sort();
  const existing = names.map((name) => seen.get(name) ?? { name });
  const { missingFromSpec, resized, contradicting } = planChanges({ topology, existing });
  return [...missingFromSpec, ...contradicting, ...resized, ...cordoned(registered)];
}

/** The notice about a cordoned node. */
export function cordonNotice(fqdn: string): Notice {
  return {
    name: fqdn,
    text: `${fqdn} is cordoned: no new pod is put on it`,
    command: `alpine-k8s kubectl -- uncordon ${fqdn}`,
  };
}

function cordoned(registered: readonly KubeObject[]): Notice[] {
  return registered.filter(isCordoned).map(({ metadata }) => cordonNotice(metadata.name));
}

/** A difference in one line, with what to type. */
export function differenceText({ text, command }: Notice): string {
  return `${text} (${command})`;
}

function existingNode({ node, facts }: NodeSession): ExistingNode {
  return {
    name: node.name,
    role: facts.state === "finished" ? facts.role : undefined,
    cpus: facts.cpus === 0 ? undefined : facts.cpus,
    memory: facts.memoryKib === 0 ? undefined : Math.round(facts.memoryKib / 1024),
  };
}
