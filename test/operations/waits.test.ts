import { beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import type { Tools } from "../../src/engine/tools.js";
import type { KubeApi, KubeObject } from "../../src/kube/kube-api.js";
import { unreachable } from "../../src/kube/kube-error.js";
import { up } from "../../src/operations/up/up.js";
import { FakeWorld, SPEC } from "./fake-world.js";

const WAIT = "Wait until the cluster is healthy";
const COREDNS_PODS = "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns";

let world: FakeWorld;
let tools: Tools;
/** Milliseconds since `up` began to wait for the cluster's health. */
let waited: () => number;
beforeEach(async () => {
  world = await FakeWorld.create(SPEC);
  tools = world.tools();
  let began: number | undefined;
  const { clock } = tools;
  waited = () => (world.step === WAIT ? clock.now() - (began ??= clock.now()) : -1);
});

const runUp = (): Promise<unknown> =>
  up({
    ...{ folder: world.folder, tools, progress: world.progress(), overrides: {} },
    signal: new AbortController().signal,
  });

async function failureOfUp(): Promise<AlpineK8sError> {
  const failure = await runUp().catch((error: unknown) => error);
  if (failure instanceof AlpineK8sError) return failure;
  throw new Error("up did not fail in words");
}

/** Puts a changed API in the place of the world's. */
function withApi(change: (api: KubeApi) => Partial<KubeApi>): void {
  const before = tools;
  tools = {
    ...before,
    kube: async (input) => {
      const api = await before.kube(input);
      return { ...api, ...change(api) };
    },
  };
}

/** Changes each object of a list. */
function withList(path: string, change: (object: KubeObject) => KubeObject): void {
  withApi((api) => ({
    list: async (asked) => {
      const all = await api.list(asked);
      return asked.endsWith(path) ? all.map(change) : all;
    },
  }));
}

describe("machines that lose their power while up waits", () => {
  const isOff = (): boolean => waited() >= 10_000;
  beforeEach(() => {
    withApi((api) => ({
      list: (path) => {
        // Each look of the wait begins with the nodes.
        if (!isOff()) return path === "/api/v1/nodes" && waited() >= 0 ? notReady(api) : api.list(path);
        return Promise.reject(unreachable(`GET ${path}`, "connect EHOSTUNREACH"));
      },
    }));
  });

  async function notReady(api: KubeApi): Promise<readonly KubeObject[]> {
    const nodes = await api.list("/api/v1/nodes");
    return nodes.map((node) => ({ ...node, status: {} }));
  }

  it("are told at once, and end it after a while with exit 4", async () => {
    const { connect } = tools;
    const dead = new AlpineK8sError("node", "no ssh connection");
    tools = { ...tools, connect: (...given) => (isOff() ? Promise.reject(dead) : connect(...given)) };
    const failure = await failureOfUp();
    expect(failure.kind).toBe("node");
    expect(failure.message).toBe(
      `${WAIT}: for 90 s neither the API has answered nor master1 by ssh: are the machines still on? The API: GET /api/v1/nodes: connect EHOSTUNREACH (Unreachable)`,
    );
    expect(failure.hints).toEqual(["alpine-k8s status", "alpine-k8s up"]);
    expect(world.reasons.at(-1)).toBe(
      "the API did not answer: GET /api/v1/nodes: connect EHOSTUNREACH (Unreachable); master1 does not answer by ssh either",
    );
    expect(tools.clock.now()).toBeLessThan(110_000);
  });

  it("are waited for as long as a master lets us in by ssh, without pinning its key", async () => {
    const pins: (boolean | undefined)[] = [];
    const { connect } = tools;
    tools = {
      ...tools,
      connect: (target, options) => {
        if (isOff()) pins.push(options.pins);
        return connect(target, options);
      },
    };
    const failure = await failureOfUp();
    expect(failure).toMatchObject({ kind: "timeout" });
    expect(failure.message).toMatch(
      /gave up after 1200 s waiting for the cluster's conditions: the API did not answer/,
    );
    expect(new Set(pins)).toEqual(new Set([false]));
  });
});

describe("a node without room", () => {
  const pressed = (until: number): void =>
    withList("/nodes", (node) => {
      if (node.metadata.name !== "minion1.example.com" || waited() >= until) return node;
      const status = node["status"] as { conditions: object[] };
      const pressure = { type: "DiskPressure", status: "True", reason: "KubeletHasDiskPressure", message: "no space" };
      return { ...node, status: { ...status, conditions: [pressure, ...status.conditions] } };
    });

  it("ends the wait when it stays", async () => {
    pressed(Number.POSITIVE_INFINITY);
    const failure = await failureOfUp();
    expect(failure.kind).toBe("unhealthy");
    expect(failure.message).toBe(
      `${WAIT}: nodes have been short of room for 360 s: nodes-ready: minion1.example.com has DiskPressure (KubeletHasDiskPressure: no space)`,
    );
    expect(failure.hints[0]).toBe("alpine-k8s doctor");
    expect(tools.clock.now()).toBe(360_000);
  });

  it("ends it as soon when its pods are missing, too, for their images may have been deleted", async () => {
    pressed(Number.POSITIVE_INFINITY);
    withList("/daemonsets", (one) => ({ ...one, status: {} }));
    const failure = await failureOfUp();
    expect(failure.kind).toBe("unhealthy");
    expect(failure.message).toBe(
      `${WAIT}: nodes have been short of room for 360 s: minion1.example.com has DiskPressure (KubeletHasDiskPressure: no space); ` +
        "network-available: DaemonSet kube-system/practice-network has not been observed by its controller yet",
    );
    expect(tools.clock.now()).toBeLessThan(400_000);
  });

  it("is waited for as long as a kubelet takes to make room", async () => {
    pressed(320_000);
    await runUp();
    expect(world.reasons).toEqual([
      "nodes-ready: minion1.example.com has DiskPressure (KubeletHasDiskPressure: no space)",
    ]);
  });

  it("is told first where something else is missing, too", async () => {
    pressed(10_000);
    withList("/daemonsets", (one) => (waited() < 20_000 ? { ...one, status: {} } : one));
    await runUp();
    expect(world.reasons[0]).toBe(
      "minion1.example.com has DiskPressure (KubeletHasDiskPressure: no space); " +
        "network-available: DaemonSet kube-system/practice-network has not been observed by its controller yet",
    );
  });
});

describe("a workload that does not come", () => {
  it("is told with what its pods wait for, and the last line of one that fails", async () => {
    withList("/deployments", (one) =>
      waited() < 30_000
        ? {
            ...one,
            spec: { replicas: 2, selector: { matchLabels: { "k8s-app": "kube-dns" } } },
            status: { observedGeneration: 1, updatedReplicas: 2 },
          }
        : one,
    );
    const state = { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s restarting failed container" } };
    const pod = {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "coredns-1", namespace: "kube-system" } },
      spec: { nodeName: "minion1.example.com" },
      status: { containerStatuses: [{ name: "coredns", state }] },
    };
    withApi((api) => ({
      list: (path) => (path === COREDNS_PODS ? Promise.resolve([pod]) : api.list(path)),
      text: () => Promise.resolve("plugin/forward: no nameservers found\n"),
    }));
    await runUp();
    expect(world.reasons).toEqual([
      "coredns-available: Deployment kube-system/coredns has 0 of 2 available (on minion1.example.com: CrashLoopBackOff: back-off 10s restarting failed container; it last said: plugin/forward: no nameservers found)",
    ]);
  });
});
