import { describe, expect, it } from "vitest";
import {
  clusterConditions,
  COREDNS,
  nodesReady,
  unmetCondition,
  workloadsAvailable,
  type WorkloadRef,
} from "../../src/kube/conditions.js";
import { kubeApi, type KubeObject } from "../../src/kube/kube-api.js";
import { observeCluster } from "../../src/kube/observe.js";

interface NodeParts {
  readonly ready?: string;
  readonly address?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly pressure?: { readonly type: string; readonly reason: string; readonly message: string };
}

function node(name: string, { ready = "True", address, reason, message, pressure }: NodeParts = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name },
    status: {
      conditions: [
        { type: "MemoryPressure", status: "False" },
        ...(pressure === undefined ? [] : [{ ...pressure, status: "True" }]),
        { type: "Ready", status: ready, reason, message },
      ],
      addresses: [
        { type: "Hostname", address: name },
        ...(address === undefined ? [] : [{ type: "InternalIP", address }]),
      ],
    },
  };
}

const wanted = [
  { fqdn: "master1.example.com", address: "10.250.250.2" },
  { fqdn: "minion1.example.com", address: "10.250.250.10" },
];
const readyNodes = wanted.map(({ fqdn, address }) => node(fqdn, { address }));
const [readyMaster] = readyNodes;
const withMaster = (...others: KubeObject[]): KubeObject[] => [...(readyMaster ? [readyMaster] : []), ...others];

describe("nodes-ready", () => {
  const cases: readonly [string, readonly KubeObject[], string | undefined][] = [
    ["all are ready", readyNodes, undefined],
    ["more nodes than wanted do no harm", [...readyNodes, node("other", { ready: "False" })], undefined],
    ["none has joined", [], "master1.example.com has not joined; minion1.example.com has not joined"],
    ["one has not joined", withMaster(), "minion1.example.com has not joined"],
    [
      "not ready with a reason",
      withMaster(
        node("minion1.example.com", {
          ready: "False",
          address: "10.250.250.10",
          reason: "KubeletNotReady",
          message: "cni plugin not initialized",
        }),
      ),
      "minion1.example.com is not ready (KubeletNotReady: cni plugin not initialized)",
    ],
    [
      "its kubelet went silent",
      withMaster(node("minion1.example.com", { ready: "Unknown", address: "10.250.250.10" })),
      "minion1.example.com is not ready",
    ],
    [
      "ready, and short of disk: it takes no pods",
      withMaster(
        node("minion1.example.com", {
          address: "10.250.250.10",
          pressure: { type: "DiskPressure", reason: "KubeletHasDiskPressure", message: "kubelet has disk pressure" },
        }),
      ),
      "minion1.example.com has DiskPressure (KubeletHasDiskPressure: kubelet has disk pressure)",
    ],
    [
      "ready at the address of the wrong interface",
      withMaster(node("minion1.example.com", { address: "10.0.2.15" })),
      "minion1.example.com reports the address 10.0.2.15 instead of 10.250.250.10",
    ],
    [
      "ready without an address",
      withMaster(node("minion1.example.com")),
      "minion1.example.com reports the address none instead of 10.250.250.10",
    ],
    [
      "no status yet",
      withMaster({ apiVersion: "v1", kind: "Node", metadata: { name: "minion1.example.com" } }),
      "minion1.example.com is not ready",
    ],
  ];
  it.each(cases)("%s", (_name, nodes, reason) => {
    expect(nodesReady(wanted, nodes)).toBe(reason);
  });
});

function workload(kind: string, parts: { spec?: object; status?: object; generation?: number }): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "w", namespace: "kube-system", generation: parts.generation ?? 1 },
    ...(parts.spec ? { spec: parts.spec } : {}),
    ...(parts.status ? { status: parts.status } : {}),
  };
}

describe("workloads", () => {
  const observed = { observedGeneration: 1 };
  const good = { ...observed, updatedReplicas: 2, availableReplicas: 2 };
  const daemons = { ...observed, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
  const cases: readonly [string, KubeObject, string | undefined][] = [
    ["a deployment with all replicas", workload("Deployment", { spec: { replicas: 2 }, status: good }), undefined],
    ["a deployment scaled to none", workload("Deployment", { spec: { replicas: 0 }, status: observed }), undefined],
    [
      "a deployment whose controller was not there yet",
      workload("Deployment", { spec: { replicas: 2 } }),
      "Deployment kube-system/w has not been observed by its controller yet",
    ],
    [
      "a deployment that was changed since",
      workload("Deployment", { spec: { replicas: 2 }, status: good, generation: 2 }),
      "Deployment kube-system/w has not been observed by its controller yet",
    ],
    [
      "a deployment with the default of one replica",
      workload("Deployment", { spec: {}, status: { ...observed, updatedReplicas: 1 } }),
      "Deployment kube-system/w has 0 of 1 available",
    ],
    [
      "a deployment with old pods",
      workload("Deployment", { spec: { replicas: 2 }, status: { ...good, updatedReplicas: 1 } }),
      "Deployment kube-system/w has 1 of 2 updated",
    ],
    ["a daemon set on every node", workload("DaemonSet", { status: daemons }), undefined],
    [
      "a daemon set that misses a node",
      workload("DaemonSet", { status: { ...daemons, numberAvailable: 2 } }),
      "DaemonSet kube-system/w has 2 of 3 available",
    ],
    [
      "a daemon set without a status",
      workload("DaemonSet", {}),
      "DaemonSet kube-system/w has not been observed by its controller yet",
    ],
    ["a stateful set", workload("StatefulSet", { spec: { replicas: 2 }, status: good }), undefined],
    [
      "a stateful set that starts",
      workload("StatefulSet", { spec: { replicas: 2 }, status: { ...good, availableReplicas: 1 } }),
      "StatefulSet kube-system/w has 1 of 2 available",
    ],
    [
      "a job that is done",
      workload("Job", { status: { succeeded: 1, conditions: [{ type: "Complete", status: "True" }] } }),
      undefined,
    ],
    [
      "a job that runs",
      workload("Job", { spec: { completions: 3 }, status: { succeeded: 1 } }),
      "Job kube-system/w has completed 1 of 3",
    ],
    [
      "a job that failed",
      workload("Job", {
        status: {
          conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too often" }],
        },
      }),
      "Job kube-system/w failed (BackoffLimitExceeded: too often)",
    ],
  ];
  it.each(cases)("%s", (_name, object, reason) => {
    const ref: WorkloadRef = { apiVersion: "apps/v1", kind: object.kind, namespace: "kube-system", name: "w" };
    expect(workloadsAvailable([ref], [object])).toBe(reason);
  });

  it("takes a job for done that the cluster has removed after its end", () => {
    const ref: WorkloadRef = { apiVersion: "batch/v1", kind: "Job", namespace: "kube-system", name: "w" };
    expect(workloadsAvailable([{ ...ref, goesWhenDone: true }], [])).toBeUndefined();
    expect(workloadsAvailable([ref], [])).toBe("Job kube-system/w does not exist");
  });

  it("names what does not exist, and mixes nothing up", () => {
    const other = workload("DaemonSet", { status: daemons });
    expect(workloadsAvailable([COREDNS], [other])).toBe("Deployment kube-system/coredns does not exist");
  });
});

describe("the conditions of a cluster", () => {
  const canal: WorkloadRef = { apiVersion: "apps/v1", kind: "DaemonSet", namespace: "kube-system", name: "canal" };
  const conditions = clusterConditions(wanted, [canal]);
  const available = { observedGeneration: 1, desiredNumberScheduled: 0 };
  const canalUp = {
    ...workload("DaemonSet", { status: available }),
    metadata: { name: "canal", namespace: "kube-system" },
  };

  it("tells the first that does not hold, by its name", () => {
    expect(unmetCondition(conditions, { nodes: [], workloads: [] })).toBe(
      "network-available: DaemonSet kube-system/canal does not exist",
    );
    expect(unmetCondition(conditions, { nodes: [], workloads: [canalUp] })).toMatch(/^nodes-ready: /);
    expect(unmetCondition(conditions, { nodes: readyNodes, workloads: [canalUp] })).toBe(
      "coredns-available: Deployment kube-system/coredns does not exist",
    );
  });

  it("holds when everything is there", () => {
    const coredns = {
      ...workload("Deployment", {
        spec: { replicas: 1 },
        status: { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 },
      }),
      metadata: { name: "coredns", namespace: "kube-system" },
    };
    expect(unmetCondition(conditions, { nodes: readyNodes, workloads: [canalUp, coredns] })).toBeUndefined();
  });

  it("is observed with each list asked for once, kinds filled in", async () => {
    const asked: string[] = [];
    const api = kubeApi({
      via: "direct",
      description: "test",
      get: (path) => {
        asked.push(path);
        return Promise.resolve({ status: 200, body: JSON.stringify({ items: [{ metadata: { name: "x" } }] }) });
      },
      delete: () => Promise.reject(new Error("nothing is deleted")),
      send: () => Promise.reject(new Error("nothing is sent")),
      apply: () => Promise.reject(new Error("nothing is applied")),
      forward: () => Promise.reject(new Error("nothing is forwarded")),
      close: () => undefined,
    });
    const observed = await observeCluster(api, [canal, COREDNS, { ...COREDNS, name: "second" }]);
    expect(asked).toEqual([
      "/api/v1/nodes?limit=250",
      "/apis/apps/v1/namespaces/kube-system/daemonsets?limit=250",
      "/apis/apps/v1/namespaces/kube-system/deployments?limit=250",
    ]);
    expect(observed.workloads.map(({ kind }) => kind)).toEqual(["DaemonSet", "Deployment"]);
  });
});
