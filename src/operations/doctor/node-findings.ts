import type { NodeCondition, NodeFacts } from "../../alpine/facts.js";
import { REFUSE_BEYOND, STEP_BEYOND } from "../../machines/clock-limit.js";
import {
  certificatesOf,
  hasUnverifiableKubelet,
  RENEW_BELOW_DAYS,
  type ClusterCertificate,
} from "../../control-plane/certificates/certificates.js";
import { alpineRelease } from "../../model/versions/support.js";
import { STATE_WORDS } from "../../nodes/state-words.js";
import { failed, ok, type Outcome, skipped } from "./check.js";
import { type Finding, findingOf } from "./run-checks.js";
import { supportOutcome } from "./support-outcome.js";

/** The command for what is ours and safe to repair. */
export const REPAIR = "alpine-k8s doctor --fix";

/**
 * The conditions of docs/node-scripts.md in their order, each with the command that shows more on the node, where
 * shared.sh cannot repair it; undefined where it can.
 */
const CONDITIONS: Readonly<Record<string, string | undefined>> = {
  address: "ip -4 addr",
  hostname: undefined,
  "hosts-own-name": undefined,
  "hosts-endpoint": undefined,
  "proxy-ca": undefined,
  packages: undefined,
  "kubernetes-version": "kubeadm version -o short",
  "boot-service": undefined,
  modules: undefined,
  sysctls: undefined,
  "mounts-shared": undefined,
  bpffs: undefined,
  cgroups: undefined,
  "machine-id": undefined,
  "product-uuid": "cat /sys/class/dmi/id/product_uuid",
  swap: undefined,
  cpus: "nproc",
  memory: "free -m",
  disk: "df -h /var/lib",
  ports: "netstat -tlnp",
  "resolv-conf": "cat /etc/resolv.conf",
  "iptables-backend": "iptables --version",
  inotify: undefined,
  "cni-dirs": undefined,
  "runtime-config": undefined,
  runtime: undefined,
  "kubelet-service": undefined,
  proxy: undefined,
  "ssh-key": undefined,
};

/** Checks of a node besides the conditions: whether it answers, what and whose it is, its clock, what runs there, how long. */
const OWN_IDS = ["reach", "alpine-support", "owner", "clock", "kubelet", "api", "certificates"];

/** Ids of all checks of a node. */
export const NODE_IDS: readonly string[] = [...OWN_IDS, ...Object.keys(CONDITIONS)];

/** A node that answers. */
export interface SeenNode {
  /** Name in Kubernetes. */
  readonly fqdn: string;
  /** Short name, for commands. */
  readonly name: string;
  readonly facts: NodeFacts;
  /** Seconds by which its clock is ahead of ours. */
  readonly clockOffset: number;
  /** Whether we step its clock. */
  readonly stepsClock: boolean;
  /** The program by which the ssh user becomes root: `sudo`, `doas`; empty for root. */
  readonly become: string;
  /** This computer's time, milliseconds since 1970. */
  readonly now: number;
}

/** The findings about a node, one for each id; without the conditions when the machine belongs to another cluster. */
export function nodeFindings(node: SeenNode): readonly Finding[] {
  const { facts } = node;
  const conditions = facts.state === "foreign" ? [] : facts.conditions.filter(({ id }) => id !== "clock");
  return [
    findingOf({ id: "reach", on: node.fqdn, weight: "error" }, ok(`answers; Alpine ${facts.os}, ${facts.arch}`)),
    findingOf({ id: "alpine-support", on: node.fqdn, weight: "warning" }, alpineOutcome(node)),
    findingOf({ id: "owner", on: node.fqdn, weight: "error" }, ownerOutcome(node)),
    findingOf({ id: "clock", on: node.fqdn, weight: "error" }, clockOutcome(node)),
    findingOf({ id: "kubelet", on: node.fqdn, weight: "error" }, kubeletOutcome(node)),
    findingOf({ id: "api", on: node.fqdn, weight: "error" }, apiOutcome(node)),
    findingOf({ id: "certificates", on: node.fqdn, weight: "error" }, certificatesOutcome(node)),
    ...conditions.map((condition) =>
      findingOf(
        { id: condition.id, on: node.fqdn, weight: condition.weight === "fatal" ? "error" : "warning" },
        conditionOutcome(node, condition),
      ),
    ),
  ];
}

/** The command that runs these words on the node with root's rights. */
function onNode({ name, become }: SeenNode, words: string): string {
  return `alpine-k8s ssh ${name} -- ${become === "" ? "" : `${become} `}${words}`;
}

/** Whether its release of Alpine gets fixes. */
function alpineOutcome({ facts, now }: SeenNode): Outcome {
  return supportOutcome(`Alpine ${facts.os}`, alpineRelease(facts.os)?.ends, now);
}

function ownerOutcome(node: SeenNode): Outcome {
  const { state } = node.facts;
  if (state !== "foreign") return ok(STATE_WORDS[state]);
  return failed(STATE_WORDS[state], onNode(node, "ls /etc/alpine-k8s /etc/kubernetes"));
}

function clockOutcome(node: SeenNode): Outcome {
  const { clockOffset, stepsClock } = node;
  const offset = Math.abs(clockOffset);
  const seen = `${offset.toFixed(1)} s ${clockOffset > 0 ? "ahead of" : "behind"} this computer`;
  if (stepsClock) return offset <= STEP_BEYOND ? ok(seen) : failed(seen, REPAIR);
  if (offset <= STEP_BEYOND) return ok(seen);
  return failed(seen, onNode(node, "chronyc makestep"), {
    weight: offset > REFUSE_BEYOND ? "error" : "warning",
  });
}

/** Whether the node is set up and its kubelet does not run: `--fix` and `up` start it. */
export function isKubeletDown({ facts: { state, kubeletService, kubeletHealthz } }: SeenNode): boolean {
  return state === "finished" && kubeletHealthz !== "ok" && kubeletService !== "started";
}

/**
 * Nobody but the user decides to kill a kubelet that runs but hangs. Stopping its service would send a TERM that it
 * ignores, and start a second kubelet beside it; after a KILL it is started again.
 */
function kubeletOutcome(node: SeenNode): Outcome {
  const { state, kubeletService, kubeletHealthz } = node.facts;
  if (state !== "finished") return skipped("the node is not set up");
  if (kubeletHealthz === "ok") return ok("healthy");
  if (isKubeletDown(node)) return failed(`its service is ${kubeletService}`, REPAIR);
  const why = `its service is started, but its health port says: ${kubeletHealthz}`;
  return failed(why, onNode(node, "killall -9 kubelet"));
}

function apiOutcome(node: SeenNode): Outcome {
  const { state, api } = node.facts;
  if (state !== "finished" || api === "none") return skipped("no API server is set up here");
  if (api === "ok") return ok("this master's API server is ready");
  return failed("this master's API server is not ready, or does not answer", onNode(node, "crictl ps -a"));
}

/** Certificates of the cluster on the node that end soon, have ended, or cannot be read. */
function certificatesOutcome(node: SeenNode): Outcome {
  if (node.facts.state !== "finished") return skipped("the node is not set up");
  const all = certificatesOf(node.name, node.facts);
  const bad = all.filter(({ state }) => state !== "ok");
  if (bad.length === 0 && hasUnverifiableKubelet(node.facts))
    return failed(UNVERIFIABLE, "alpine-k8s up", { weight: "warning" });
  if (bad.length === 0) return ok(`${all.length} of the cluster, none ends within ${RENEW_BELOW_DAYS} days`);
  const words = bad.map(({ file, state, daysLeft }) => {
    if (state === "unreadable") return `${file} cannot be read`;
    return state === "expired" ? `${file} has expired` : `${file} has ${daysLeft ?? 0} days left`;
  });
  const renews = bad.some(({ renewedBy, state }) => isOurs(renewedBy) && state !== "unreadable");
  const weight = bad.every(({ state }) => state === "soon") ? "warning" : "error";
  return failed(words.join("; "), renews ? "alpine-k8s certs renew" : "alpine-k8s certs status", { weight });
}

const UNVERIFIABLE = "its kubelet shows a certificate of its own making, so that metrics-server gets no figures of it";

/** Whether `certs renew` renews it. */
function isOurs(renewedBy: ClusterCertificate["renewedBy"]): boolean {
  return renewedBy === "kubeadm" || renewedBy === "alpine-k8s";
}

/** How the node's scripts say what only the computer under a container can change (`hosts_affair` in container.sh). */
const OF_ITS_COMPUTER = /(?<=on the computer that it runs on), type: ([^;]+)/;

function conditionOutcome(node: SeenNode, { id, state, reason }: NodeCondition): Outcome {
  if (state === "skipped") return skipped(reason === "" ? "not asked for" : reason);
  if (state !== "unmet") return ok(reason);
  const [, onItsComputer] = OF_ITS_COMPUTER.exec(reason) ?? [];
  if (onItsComputer !== undefined) return failed(reason.replace(OF_ITS_COMPUTER, ""), onItsComputer);
  const words = CONDITIONS[id];
  if (words !== undefined) return failed(reason, onNode(node, words));
  // Nothing is wrong with a machine that is still to be prepared.
  return node.facts.state === "finished" ? failed(reason, REPAIR) : skipped(`alpine-k8s up sees to it: ${reason}`);
}

/** Whether `shared.sh` in apply mode, or a step of the clock, would repair something on the node. */
export function canRepair({ facts, clockOffset, stepsClock }: SeenNode): boolean {
  if (facts.state === "foreign") return false;
  if (stepsClock && Math.abs(clockOffset) > STEP_BEYOND) return true;
  if (facts.state !== "finished") return false;
  return facts.conditions.some(
    ({ id, state, reason }) => state === "unmet" && CONDITIONS[id] === undefined && !OF_ITS_COMPUTER.test(reason),
  );
}

/** The finding for a node that was not looked at. */
export function notSeen(on: string, why: string): Finding {
  return findingOf({ id: "reach", on, weight: "error" }, skipped(why));
}

/** The finding for a node that should answer and does not. */
export function noAnswer(on: string, evidence: string): Finding {
  return findingOf({ id: "reach", on, weight: "error" }, failed(evidence, "alpine-k8s status --verbose"));
}
