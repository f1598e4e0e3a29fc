import { describe, expect, it } from "vitest";
import { COREDNS } from "../../src/kube/conditions.js";
import { kubeApi, type KubeObject } from "../../src/kube/kube-api.js";
import { whyUnavailable } from "../../src/kube/stuck-pods.js";

const PODS = "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns&limit=250";
const eventsOf = (name: string): string =>
  `/api/v1/namespaces/kube-system/events?fieldSelector=involvedObject.kind%3DPod%2CinvolvedObject.name%3D${name}&limit=250`;
const logOf = (name: string, previous: boolean): string =>
  `/api/v1/namespaces/kube-system/pods/${name}/log?container=coredns&previous=${previous}&limitBytes=4096&tailLines=5`;

function pod(name: string, node: string | undefined, state: object, more: object = {}): KubeObject {
  return {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "kube-system" } },
    spec: node === undefined ? {} : { nodeName: node },
    status: { containerStatuses: [{ name: "coredns", state, ...more }] },
  };
}

const waiting = (reason: string, message?: string): object => ({ waiting: { reason, message } });
const CRASHING = waiting(
  "CrashLoopBackOff",
  "back-off 10s restarting failed container=coredns pod=coredns-1_kube-system",
);
const event = (type: string, reason: string, message: string, lastTimestamp: string): object => ({
  ...{ type, reason, message, lastTimestamp, metadata: { name: reason } },
});

function coredns(status: object): KubeObject {
  return {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "coredns", namespace: "kube-system" } },
    ...{ spec: { replicas: 1, selector: { matchLabels: { "k8s-app": "kube-dns" } } }, status },
  };
}

const MISSING = coredns({ observedGeneration: 1, updatedReplicas: 1 });

/** Asks an API with these pods that gives these answers by path, and nothing else. */
async function ask(
  pods: readonly KubeObject[],
  answers: Readonly<Record<string, string | object[]>> = {},
  live = MISSING,
) {
  const asked: string[] = [];
  const refuse = (): Promise<never> => Promise.reject(new Error("only questions are asked"));
  const api = kubeApi({
    ...{ via: "direct", description: "test", delete: refuse, send: refuse, apply: refuse, forward: refuse },
    close: () => undefined,
    get: (path) => {
      asked.push(path);
      const answer = path === PODS ? pods : answers[path];
      if (answer === undefined) return Promise.resolve({ status: 500, body: "no" });
      return Promise.resolve({
        status: 200,
        body: typeof answer === "string" ? answer : JSON.stringify({ items: answer }),
      });
    },
  });
  return { why: await whyUnavailable(api, [COREDNS], [live], new AbortController().signal), asked };
}

describe("why a workload is not available", () => {
  it("is asked only when something is missing", async () => {
    const good = coredns({ observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 });
    expect(await ask([], {}, good)).toEqual({ why: "", asked: [] });
  });

  it("an image that cannot be pulled, on two nodes: the status says all", async () => {
    const state = waiting("ImagePullBackOff", 'Back-off pulling image "example.net/a:1"');
    const pods = ["minion1", "minion2", "minion2"].map((node, index) => pod(`p${index}`, node, state));
    expect(await ask(pods)).toEqual({
      why: 'on minion1, minion2: ImagePullBackOff: Back-off pulling image "example.net/a:1"',
      asked: [PODS],
    });
  });

  it("a container that fails again and again, with the last line of its log, asked once for all of its kind", async () => {
    const pods = [pod("p1", "minion1", CRASHING), pod("p2", "minion2", CRASHING)];
    const log = "plugin/forward: no nameservers found\n";
    expect(await ask(pods, { [logOf("p1", false)]: log })).toEqual({
      why: "on minion1, minion2: CrashLoopBackOff: back-off 10s restarting failed container=coredns; it last said: plugin/forward: no nameservers found",
      asked: [PODS, logOf("p1", false)],
    });
  });

  it("one that was restarted, with the last words of its last run", async () => {
    const pods = [pod("p1", "minion1", { running: {} }, { ready: false, restartCount: 3 })];
    expect((await ask(pods, { [logOf("p1", true)]: "a\npanic: b\n" })).why).toBe(
      "on minion1: coredns is not ready, restarts: 3; it last said: panic: b",
    );
  });

  it("an image that is being pulled, and a sandbox that cannot be made, by the newest event of each pod", async () => {
    const pods = [
      pod("p1", "minion1", waiting("ContainerCreating")),
      pod("p2", "minion2", waiting("ContainerCreating")),
    ];
    const answers = {
      [eventsOf("p1")]: [
        event("Normal", "Pulling", 'Pulling image "example.net/a:1"', "2026-11-29T10:00:02Z"),
        event("Normal", "Scheduled", "assigned", "2026-11-29T10:00:01Z"),
      ],
      [eventsOf("p2")]: [
        event(
          "Warning",
          "FailedCreatePodSandBox",
          "open /run/flannel/subnet.env: no such file",
          "2026-11-29T10:00:01Z",
        ),
      ],
    };
    expect((await ask(pods, answers)).why).toBe(
      'on minion1: ContainerCreating: Pulling image "example.net/a:1"; ' +
        "on minion2: FailedCreatePodSandBox: open /run/flannel/subnet.env: no such file",
    );
  });

  it("a pod that is not ready, with its failed probe", async () => {
    const pods = [pod("p1", "minion1", { running: {} }, { ready: false })];
    const answers = {
      [eventsOf("p1")]: [event("Warning", "Unhealthy", "Readiness probe failed: 503", "2026-11-29T10:00:01Z")],
    };
    expect((await ask(pods, answers)).why).toBe(
      "on minion1: coredns runs and is not ready: Unhealthy: Readiness probe failed: 503",
    );
  });

  it("of many pods asks few questions and names few nodes", async () => {
    const pods = Array.from({ length: 190 }, (_, index) =>
      pod(`p${index}`, `minion${index}`, waiting("ContainerCreating")),
    );
    const { why, asked } = await ask(pods);
    expect(asked).toHaveLength(4);
    expect(why).toBe("on minion0, minion1, minion2, minion3, minion4 and 185 more: ContainerCreating");
  });

  it("without what the API does not tell", async () => {
    expect((await ask([pod("p1", undefined, CRASHING)])).why).toBe(
      "on no node: CrashLoopBackOff: back-off 10s restarting failed container=coredns",
    );
  });
});
