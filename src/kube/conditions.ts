import { fieldsOf, internalAddresses, statusConditions, wordsOf, type StatusCondition } from "./fields.js";
import { describeObject, type KubeObject } from "./kube-object.js";

/** A node that must be Ready, at its own address. */
export interface WantedNode {
  /** Name in Kubernetes. */
  readonly fqdn: string;
  /** The InternalIP that it must report; another one means that the kubelet took the wrong interface. */
  readonly address: string;
}

/** A workload that must be available. */
export interface WorkloadRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Its absence means that it has finished, as with an applied Job that has `ttlSecondsAfterFinished`. */
  readonly goesWhenDone?: true;
}

/** What was listed from the cluster. */
export interface ObservedCluster {
  readonly nodes: readonly KubeObject[];
  readonly workloads: readonly KubeObject[];
}

/** A named condition; `check` returns undefined when it holds, else a sentence that names what is missing. */
export interface Condition {
  readonly id: "nodes-ready" | "coredns-available" | "network-available";
  readonly check: (observed: ObservedCluster) => string | undefined;
}

/** CoreDNS as kubeadm deploys it. */
export const COREDNS: WorkloadRef = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace: "kube-system",
  name: "coredns",
};

/** The conditions that a finished cluster meets, in the order in which they come true. */
export function clusterConditions(nodes: readonly WantedNode[], network: readonly WorkloadRef[]): readonly Condition[] {
  return [
    { id: "network-available", check: (observed) => workloadsAvailable(network, observed.workloads) },
    { id: "nodes-ready", check: (observed) => nodesReady(nodes, observed.nodes) },
    { id: "coredns-available", check: (observed) => workloadsAvailable([COREDNS], observed.workloads) },
  ];
}

/** The first condition that does not hold, as "ID: sentence". */
export function unmetCondition(conditions: readonly Condition[], observed: ObservedCluster): string | undefined {
  for (const { id, check } of conditions) {
    const reason = check(observed);
    if (reason !== undefined) return `${id}: ${reason}`;
  }
  return undefined;
}

/** Conditions of a node that is short of a resource: it stays Ready, but takes fewer pods or none, and evicts some. */
const PRESSURES = ["DiskPressure", "MemoryPressure", "PIDPressure"];

/** Undefined when every wanted node has joined, is Ready without pressure and reports its own address; else why not. */
export function nodesReady(wanted: readonly WantedNode[], nodes: readonly KubeObject[]): string | undefined {
  const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  return joined(wanted.map((node) => nodeProblem(node, byName.get(node.fqdn))));
}

/** Which of the wanted nodes are short of a resource, in the words of {@link nodesReady}; undefined when none is. */
export function nodesUnderPressure(wanted: readonly WantedNode[], nodes: readonly KubeObject[]): string | undefined {
  const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  return joined(wanted.map(({ fqdn }) => pressureOf(fqdn, byName.get(fqdn))));
}

function pressureOf(fqdn: string, node: KubeObject | undefined): string | undefined {
  if (node === undefined) return undefined;
  const found = statusConditions(node).find(({ type, status }) => PRESSURES.includes(type) && status === "True");
  return found && `${fqdn} has ${found.type}${because(found)}`;
}

function nodeProblem(wanted: WantedNode, node: KubeObject | undefined): string | undefined {
  if (node === undefined) return `${wanted.fqdn} has not joined`;
  const ready = statusConditions(node).find((condition) => condition.type === "Ready");
  if (ready?.status !== "True") return `${wanted.fqdn} is not ready${because(ready)}`;
  const pressure = pressureOf(wanted.fqdn, node);
  if (pressure !== undefined) return pressure;
  const internal = internalAddresses(node);
  if (internal.includes(wanted.address)) return undefined;
  return `${wanted.fqdn} reports the address ${wordsOf(internal.join(", ")) || "none"} instead of ${wanted.address}`;
}

/** Undefined when every wanted workload exists and is available as its newest spec says; else why not. */
export function workloadsAvailable(
  wanted: readonly WorkloadRef[],
  workloads: readonly KubeObject[],
): string | undefined {
  return joined(
    wanted.map((ref) =>
      workloadProblem(
        ref,
        workloads.find((workload) => isSame(ref, workload)),
      ),
    ),
  );
}

function isSame(ref: WorkloadRef, object: KubeObject): boolean {
  const { name, namespace } = object.metadata;
  return object.kind === ref.kind && name === ref.name && (namespace ?? "default") === ref.namespace;
}

function workloadProblem(ref: WorkloadRef, workload: KubeObject | undefined): string | undefined {
  if (workload === undefined && ref.goesWhenDone === true) return undefined;
  if (workload === undefined) return `${ref.kind} ${ref.namespace}/${ref.name} does not exist`;
  const why = PROBLEMS[ref.kind]?.(partsOf(workload));
  return why === undefined ? undefined : `${describeObject(workload)} ${why}`;
}

interface Parts {
  readonly wanted: (field: string, otherwise: number) => number;
  readonly count: (field: string) => number;
  readonly isObserved: boolean;
  readonly conditions: readonly StatusCondition[];
}

function partsOf(workload: KubeObject): Parts {
  const spec = fieldsOf(workload["spec"]);
  const status = fieldsOf(workload["status"]);
  const count = (field: string): number => numberOr(status[field], 0);
  return {
    wanted: (field, otherwise) => numberOr(spec[field], otherwise),
    count,
    isObserved:
      count("observedGeneration") >= numberOr(workload.metadata["generation"], 0) && "observedGeneration" in status,
    conditions: statusConditions(workload),
  };
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

const UNSEEN = "has not been observed by its controller yet";

const PROBLEMS: Readonly<Record<string, (parts: Parts) => string | undefined>> = {
  Deployment: (parts) => rolledOut(parts, parts.wanted("replicas", 1), "updatedReplicas", "availableReplicas"),
  StatefulSet: (parts) => rolledOut(parts, parts.wanted("replicas", 1), "updatedReplicas", "availableReplicas"),
  DaemonSet: (parts) =>
    rolledOut(parts, parts.count("desiredNumberScheduled"), "updatedNumberScheduled", "numberAvailable"),
  Job: ({ conditions, count, wanted }) => {
    const failed = conditions.find((one) => one.type === "Failed" && one.status === "True");
    if (failed) return `failed${because(failed)}`;
    if (conditions.some((one) => one.type === "Complete" && one.status === "True")) return undefined;
    return `has completed ${count("succeeded")} of ${wanted("completions", 1)}`;
  },
};

function rolledOut(parts: Parts, desired: number, updated: string, available: string): string | undefined {
  if (!parts.isObserved) return UNSEEN;
  if (parts.count(updated) < desired) return `has ${parts.count(updated)} of ${desired} updated`;
  if (parts.count(available) < desired) return `has ${parts.count(available)} of ${desired} available`;
  return undefined;
}

function because(condition: StatusCondition | undefined): string {
  const why = [condition?.reason ?? "", condition?.message ?? ""].filter((part) => part !== "");
  return why.length === 0 ? "" : ` (${why.join(": ")})`;
}

function joined(problems: readonly (string | undefined)[]): string | undefined {
  const found = problems.filter((problem) => problem !== undefined);
  return found.length === 0 ? undefined : found.join("; ");
}
