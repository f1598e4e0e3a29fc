import type { Dice } from "../spec/random-spec.js";
import { spoilt } from "./any-json.js";
import { anyText } from "./any-text.js";

const TIME = "2026-01-01T00:00:00Z";

/** One answer's worth of each kind of object that is read, as Kubernetes sends them. */
const OBJECTS = {
  node: {
    metadata: { name: "master1.example.com", uid: "1" },
    spec: { unschedulable: false },
    status: {
      conditions: [
        { type: "MemoryPressure", status: "False", reason: "KubeletHasSufficientMemory", message: "fine" },
        { type: "Ready", status: "False", reason: "KubeletNotReady", message: "no CNI", lastHeartbeatTime: TIME },
      ],
      addresses: [{ type: "InternalIP", address: "10.250.250.2" }],
      nodeInfo: { machineID: "ab", systemUUID: "cd" },
    },
  },
  workload: {
    metadata: { name: "coredns", namespace: "kube-system", generation: 2 },
    spec: { replicas: 2, completions: 1, selector: { matchLabels: { "k8s-app": "kube-dns" } } },
    status: {
      ...{ observedGeneration: 2, updatedReplicas: 2, availableReplicas: 1, desiredNumberScheduled: 3 },
      conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "x" }],
    },
  },
  pod: {
    metadata: {
      ...{ name: "coredns-1", namespace: "kube-system", uid: "2", creationTimestamp: TIME },
      annotations: { "kubernetes.io/config.hash": "x" },
      ownerReferences: [{ kind: "ReplicaSet", controller: true }],
    },
    spec: { nodeName: "master1.example.com", volumes: [{ emptyDir: {} }] },
    status: {
      phase: "Running",
      initContainerStatuses: [{ state: { terminated: {} } }],
      containerStatuses: [
        { state: { waiting: { reason: "ImagePullBackOff", message: "no" } } },
        { state: { running: { startedAt: TIME } } },
      ],
      conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes" }],
    },
  },
  secret: {
    metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" },
    data: {
      "token-id": "YWJjZGVm",
      "token-secret": "MDEyMzQ1Njc4OWFiY2RlZg==",
      expiration: "eA==",
      "auth-extra-groups": "YSxi",
    },
  },
  event: {
    metadata: { name: "e", namespace: "default", uid: "3", resourceVersion: "7", creationTimestamp: TIME },
    involvedObject: { kind: "Node", namespace: "", name: "master1.example.com" },
    ...{ type: "Warning", reason: "Rebooted", message: "a\n  b", count: 2, lastTimestamp: null, eventTime: null },
    series: { count: 3, lastObservedTime: TIME },
    source: { host: "master1.example.com" },
    reportingInstance: "x",
  },
} as const;

export type Kind = keyof typeof OBJECTS;

/** A list of a kind with anything in place of some parts, sometimes many of them, sometimes of endless words. */
export function anyList(dice: Dice, kind: Kind): string {
  const items = Array.from({ length: dice.one([0, 1, 2, 3]) }, () => dressed(dice, spoilt(dice, OBJECTS[kind])));
  const list = {
    kind: "List",
    apiVersion: "v1",
    metadata: { continue: dice.one([null, "", 5, { toString: 1 }]) },
    items,
  };
  return JSON.stringify(dice.often(0.2) ? spoilt(dice, list, 0.1) : list);
}

/** One object of a kind, spoilt. */
export function anyObject(dice: Dice, kind: Kind): string {
  return JSON.stringify(spoilt(dice, OBJECTS[kind]));
}

/** The API's Status with a failure, spoilt, or what a proxy in between says. */
export function anyStatus(dice: Dice): string {
  const status = {
    ...{
      kind: "Status",
      status: "Failure",
      reason: dice.one(["Conflict", "Expired", "NamespaceTerminating", ""]),
      code: 403,
    },
    message: dice.often(0.05) ? "x".repeat(100_000) : anyText(dice),
    details: {
      causes: [
        { reason: dice.one(["NamespaceTerminating", "DisruptionBudget"]), message: "The disruption budget a needs 1" },
      ],
    },
  };
  if (dice.often(0.1)) return dice.one(["", "<html>502</html>", anyText(dice), "x".repeat(100_000), "[".repeat(5000)]);
  return JSON.stringify(spoilt(dice, status, 0.1));
}

function dressed(dice: Dice, object: unknown): unknown {
  if (!dice.often(0.02)) return object;
  return JSON.parse(JSON.stringify(object).replaceAll(/"(no CNI|no|0\/3 nodes|x)"/g, `"${"y".repeat(50_000)}"`));
}
