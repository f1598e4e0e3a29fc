import { shortened } from "../base/output.js";

/** How far the setup of a node has come, by its marker files; see docs/node-scripts.md. */
type NodeState = "clean" | "started" | "finished" | "foreign";

export interface NodeCondition {
  readonly id: string;
  readonly weight: "fatal" | "warning";
  readonly state: "ok" | "unmet" | "fixed" | "skipped";
  readonly reason: string;
}

/** What `shared.sh` in check mode reports of a node, in one round trip. Absent things are `undefined`. */
export interface NodeFacts {
  readonly os: string;
  readonly arch: string;
  readonly cpus: number;
  readonly memoryKib: number;
  /** Seconds since 1970 by the node's clock. */
  readonly clock: number | undefined;
  /** Seconds since the node's kernel started, read with {@link clock}. */
  readonly uptime: number | undefined;
  /** Seconds since the node's first process started, read with {@link clock}: since its boot, or its container's start. */
  readonly sinceBoot: number | undefined;
  /** The engine of a node that is a container, such as `docker`; undefined on a machine. */
  readonly container: string | undefined;
  readonly machineId: string | undefined;
  readonly productUuid: string | undefined;
  /** Versions as the programs print them, `vX.Y.Z[+build]`. */
  readonly kubeadm: string | undefined;
  readonly kubelet: string | undefined;
  readonly kubeletService: string;
  /** `ok`, or why not. */
  readonly kubeletHealthz: string;
  readonly role: "master" | "minion" | undefined;
  readonly state: NodeState;
  readonly api: "ok" | "down" | "none";
  /** Certificates by file: a DER body or a PEM text, in base64; empty when the file is empty. */
  readonly certificates: readonly { readonly path: string; readonly base64: string }[];
  /** Whether `certs.sh` began a renewal on the node and did not finish it. */
  readonly renewalPending: boolean;
  /** On the master that made the cluster: CoreDNS and what else waits for the network is still to come. */
  readonly networkRestPending: boolean;
  /**
   * SHA-256 of the static pod that carries the address of all masters, `removed` where only its address may be left;
   * undefined without one.
   */
  readonly virtualPod: string | undefined;
  /** Whether the hosts file has the address of all masters ahead of their own. */
  readonly usesVirtualAddress: boolean;
  /** Whether one of the node's network cards has the address of all masters. */
  readonly holdsVirtualAddress: boolean;
  /** The network card with the node's own address, where the masters have an address of all. */
  readonly interface: string | undefined;
  readonly notices: readonly string[];
  readonly conditions: readonly NodeCondition[];
}

const STATES: readonly string[] = ["clean", "started", "finished", "foreign"];

/** Reads the output of `shared.sh` in check mode. Throws a plain Error when it is not such output. */
export function parseFacts(stdout: string): NodeFacts {
  const lines = stdout.split("\n");
  const all = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`fact ${key} `)).map((line) => line.slice(key.length + 6).trim());
  const one = (key: string): string | undefined => {
    const value = all(key)[0];
    return value === undefined || value === "" || value === "none" ? undefined : shortened(value);
  };
  const state = one("state");
  if (state === undefined || !STATES.includes(state)) {
    throw new Error(`the node's answer has no known state (${state ?? "none given"})`);
  }
  const text = (key: string, otherwise: string): string => one(key) ?? otherwise;
  const number = (key: string): number | undefined => numberIn(one(key));
  return {
    os: text("os", "unknown"),
    arch: text("arch", "unknown"),
    cpus: number("cpus") ?? 0,
    memoryKib: number("memory_kib") ?? 0,
    clock: number("clock"),
    uptime: number("uptime"),
    sinceBoot: number("since_boot"),
    container: one("container"),
    machineId: one("machine_id"),
    productUuid: one("product_uuid"),
    kubeadm: one("kubeadm"),
    kubelet: one("kubelet"),
    kubeletService: text("kubelet_service", "none"),
    kubeletHealthz: text("kubelet_healthz", "none"),
    role: oneOf(one("role"), ["master", "minion"]),
    state: state as NodeState,
    api: oneOf(one("api"), ["ok", "down"]) ?? "none",
    certificates: all("certificate").map(parseCertificate),
    renewalPending: one("certificate_renewal") === "pending",
    networkRestPending: one("network_rest") === "pending",
    virtualPod: one("virtual_pod"),
    usesVirtualAddress: one("virtual_first") === "yes",
    holdsVirtualAddress: one("virtual_here") === "yes",
    interface: one("interface"),
    notices: all("notice")
      .filter((text) => text !== "")
      .map(shortened),
    conditions: parseConditions(stdout),
  };
}

/** What is no number is as if it were not told: NaN would pass every comparison. */
function numberIn(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function oneOf<T extends string>(value: string | undefined, allowed: readonly T[]): T | undefined {
  return allowed.find((candidate) => candidate === value);
}

function parseCertificate(text: string): { path: string; base64: string } {
  const [path = "", base64 = ""] = text.split(" ");
  return { path: shortened(path), base64: base64 === "none" ? "" : base64 };
}

/** The `condition ID WEIGHT STATE REASON` lines of a script's output. */
export function parseConditions(stdout: string): NodeCondition[] {
  return [...stdout.matchAll(/^condition (\S+) (fatal|warning) (ok|unmet|fixed|skipped) ?(.*)$/gm)].map(
    ([, id = "", weight, state, reason = ""]) => ({
      id: shortened(id),
      weight: weight as NodeCondition["weight"],
      state: state as NodeCondition["state"],
      reason: shortened(reason),
    }),
  );
}

/** The conditions that `shared.sh` still has to fix on the node. */
export function unmetConditions(facts: NodeFacts): readonly NodeCondition[] {
  return facts.conditions.filter((condition) => condition.state === "unmet");
}
