import { AlpineK8sError } from "../base/errors.js";
import { shortened } from "../base/output.js";
import { RemoteCommandError } from "../remote/remote-command-error.js";
import type { RemoteHost } from "../remote/remote-host.js";
import type { PlannedNode } from "../model/topology/topology.js";
import { until } from "../base/wait.js";
import type { ClusterContext } from "../engine/context.js";
import { tellWait } from "../engine/tell-wait.js";
import type { NodeSession } from "../engine/node-session.js";

/** A member of etcd, as `etcdctl member list` prints it. */
export interface EtcdMember {
  /** Hex digits, as `etcdctl member remove` takes them. */
  readonly id: string;
  /** It has started once and published its name; whether it runs now is not known from this. */
  readonly isStarted: boolean;
  /** The node's full name, as kubeadm gives it; empty until it has started. */
  readonly name: string;
  /** Peer URLs, at which the other members reach it. */
  readonly peers: readonly string[];
  /** It receives the data and has no vote yet. */
  readonly isLearner: boolean;
}

/** The node whose members are meant. */
export interface MemberOwner {
  readonly fqdn: string;
  /** Undefined when the spec does not have the node. */
  readonly address: string | undefined;
}

/** etcdctl in the container of this node's etcd; there is none on the node itself. */
const ETCDCTL = `
cri() { crictl --runtime-endpoint unix:///run/containerd/containerd.sock --timeout 10s "$@"; }
ids=$(cri ps --name '^etcd$' --label io.kubernetes.pod.namespace=kube-system --state Running -q)
id=\${ids%%[!0-9A-Za-z]*}
if [ -z "$id" ]; then
  echo "Error: no container of etcd runs there" >&2
  exit 1
fi
etcdctl() {
  cri exec "$id" etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt \\
    --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key "$@"
}
`;
const LIST = `set -eu${ETCDCTL}etcdctl member list\n`;
const REMOVE = `set -eu${ETCDCTL}etcdctl member remove "$AK8S_MEMBER"\n`;

/** Milliseconds for etcd to answer, or to accept a change: it refuses changes while it elects a leader. */
const PATIENCE = 60_000;
const EVERY = 3_000;

/** The members of etcd, asked on a finished master whose etcd runs. Throws RemoteCommandError with etcd's message. */
export async function etcdMembers(host: RemoteHost, signal: AbortSignal): Promise<readonly EtcdMember[]> {
  const { stdout } = await host.run({ name: "etcd members", script: LIST, readOnly: true, signal });
  return parseMembers(stdout);
}

/** Reads `etcdctl member list` in its simple form: ID, STATUS, NAME, PEER ADDRS, CLIENT ADDRS, IS LEARNER. */
export function parseMembers(stdout: string): readonly EtcdMember[] {
  const lines = stdout.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [id = "", status, name, peers, clients, learner] = line.trimEnd().split(", ");
    if (!/^[0-9a-f]+$/.test(id) || name === undefined || peers === undefined || clients === undefined) {
      throw new AlpineK8sError("bug", `cannot read what etcd says of its members: ${shortened(line)}`);
    }
    return { id, isStarted: status === "started", name, peers: peers.split(","), isLearner: learner === "true" };
  });
}

/**
 * The node's members: those with its name, and those without a name at its address, which an interrupted join leaves
 * behind.
 */
export function membersOf({ fqdn, address }: MemberOwner, members: readonly EtcdMember[]): readonly EtcdMember[] {
  const isThere = address === undefined ? () => false : isAt(address);
  return members.filter(({ name, peers }) => name === fqdn || (name === "" && peers.some(isThere)));
}

function isAt(address: string): (url: string) => boolean {
  return (url) => url.includes(`//${address}:`);
}

/**
 * The member may be alive: kubeadm would refuse to join a node of the same name, but only after the member was removed.
 */
function otherAddress({ name, address }: PlannedNode, { peers }: EtcdMember): AlpineK8sError {
  return new AlpineK8sError(
    "conflict",
    `${name} is a member of etcd at ${peers.join(", ")}, and the spec says ${address}; nothing was changed`,
    { node: name, hints: [`put the old address back into the spec, then: alpine-k8s remove-node ${name}`] },
  );
}

type Asking = Pick<ClusterContext, "tools" | "signal" | "progress" | "log">;

/** Like {@link etcdMembers}, but tries again for a minute while etcd does not answer. */
export async function askEtcdMembers(context: Asking, host: RemoteHost): Promise<readonly EtcdMember[]> {
  let members: readonly EtcdMember[] = [];
  await patientlyWithEtcd(context, host, "tell its members", async () => {
    members = await etcdMembers(host, context.signal);
  });
  return members;
}

/**
 * Removes the node's members from etcd through another master; true when there was one. Without a member it does
 * nothing, so it can be repeated. Throws `conflict` when etcd refuses, `timeout` when it does not accept the change
 * within a minute.
 */
export async function removeEtcdMember(context: Asking, host: RemoteHost, owner: MemberOwner): Promise<boolean> {
  const { signal } = context;
  let isMember = false;
  await patientlyWithEtcd(context, host, `let ${owner.fqdn} go`, async () => {
    // Listed anew at each attempt: a removal that seemed to fail may have been done.
    for (const { id } of membersOf(owner, await etcdMembers(host, signal))) {
      isMember = true;
      await host.run({ name: "etcd member remove", script: REMOVE, variables: { AK8S_MEMBER: id }, signal });
    }
  });
  return isMember;
}

/**
 * Removes a node's members from etcd through the finished master `from`; true when there was one. Throws `conflict`
 * when a member of the node's name has another address.
 */
export async function leaveEtcd(context: Asking, node: PlannedNode, from: NodeSession): Promise<boolean> {
  if (from.node.name === node.name) throw new AlpineK8sError("bug", `${node.name} cannot remove itself from etcd`);
  const members = await askEtcdMembers(context, from.host);
  const elsewhere = members.find(({ name, peers }) => name === node.fqdn && !peers.some(isAt(node.address)));
  if (elsewhere !== undefined) throw otherAddress(node, elsewhere);
  if (membersOf(node, members).length === 0) return false;
  const isMember = await removeEtcdMember(context, from.host, node);
  if (isMember) context.progress.detail(`${node.name}: its old member was taken out of etcd`);
  return isMember;
}

/** etcd's own check of a change (its `--strict-reconfig-check`); waiting does not help. */
const REFUSED = /not enough started members/;
/** The shell's exit code for a command that is not found. */
const NOT_FOUND = 127;

async function patientlyWithEtcd(
  context: Asking,
  { name }: RemoteHost,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  const { tools, signal } = context;
  await until({
    what: `etcd, asked on ${name}, to ${what}`,
    every: EVERY,
    atMost: PATIENCE,
    signal,
    clock: tools.clock,
    hints: [
      "alpine-k8s status  (etcd changes nothing without a majority of its members)",
      "alpine-k8s up  (starts the masters that are off), then give the same command again",
    ],
    onReason: (reason) => tellWait(context, `${name}: etcd: ${reason}; it is tried again`),
    check: async () => {
      try {
        await work();
        return undefined;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RemoteCommandError) || error.exitCode === NOT_FOUND) throw error;
        const words = etcdWords(error.stderr);
        if (REFUSED.test(words)) throw refusal(name, what, words);
        return words;
      }
    },
  });
}

function refusal(name: string, what: string, words: string): AlpineK8sError {
  return new AlpineK8sError("conflict", `etcd, asked on ${name}, does not ${what}: ${words}`, {
    node: name,
    hints: [
      "alpine-k8s status  (a master that never came up has no running member)",
      "remove that one first (alpine-k8s remove-node NAME), or bring it up: alpine-k8s up",
    ],
  });
}

/** etcdctl's final message, without the warnings of crictl and the log of etcd's client before it. */
export function etcdWords(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const error = lines.findLast((line) => line.startsWith("Error: "));
  const last = lines.findLast((line) => !/level=warning|^WARN|^\{"level":/.test(line));
  return shortened(error?.slice("Error: ".length).trim() ?? last?.trim() ?? "it said nothing");
}
