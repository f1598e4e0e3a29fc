import { describe, expect, it } from "vitest";
import { COREDNS } from "../../src/kube/conditions.js";
import { kubeApi, type KubeObject } from "../../src/kube/kube-api.js";
import { whyStuck, whyUnavailable } from "../../src/kube/stuck-pods.js";

const LONG = `rpc error: ${"x".repeat(400)}`;

function pod(node: string | undefined, status: object): KubeObject {
  const spec = node === undefined ? {} : { nodeName: node };
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "kube-system" }, spec, status };
}

function waiting(reason: string, message?: string): object {
  return { containerStatuses: [{ state: { running: {} } }, { state: { waiting: { reason, message } } }] };
}

const PULL = waiting("ImagePullBackOff", 'Back-off pulling image "example.net/a:1"');

describe("why pods do not run", () => {
  it.each<[string, readonly KubeObject[], string]>([
    ["nothing is wrong", [pod("minion1", { containerStatuses: [{ state: { running: {} } }] }), pod("a", {})], ""],
    ["they are on their way", [pod("minion1", waiting("ContainerCreating")), pod("b", waiting("PodInitializing"))], ""],
    [
      "an image cannot be pulled, on two nodes",
      [pod("minion1", PULL), pod("minion2", PULL), pod("minion2", PULL)],
      'on minion1, minion2: ImagePullBackOff: Back-off pulling image "example.net/a:1"',
    ],
    [
      "an init container waits, in the first line of its words",
      [
        pod("minion1", {
          initContainerStatuses: [{ state: { waiting: { reason: "ErrImagePull", message: "a\nb" } } }],
        }),
      ],
      "on minion1: ErrImagePull: a",
    ],
    [
      "containers fail again and again; pods' names make no two reasons",
      ["one", "two"].map((name) =>
        pod("minion1", waiting("CrashLoopBackOff", `back-off 10s restarting failed pod=${name}`)),
      ),
      "on minion1: CrashLoopBackOff: back-off 10s restarting failed",
    ],
    ["words are long", [pod("m", waiting("ErrImagePull", LONG))], `on m: ErrImagePull: ${LONG.slice(0, 300)}`],
    [
      "no node takes it",
      [pod(undefined, { conditions: [{ type: "PodScheduled", status: "False", message: "0/2 nodes are available" }] })],
      "on no node: Unschedulable: 0/2 nodes are available",
    ],
  ])("%s", (_name, pods, expected) => {
    expect(whyStuck(pods)).toBe(expected);
  });
});

describe("why a workload is not available", () => {
  const coredns = (status: object): KubeObject => ({
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "coredns", namespace: "kube-system" } },
    ...{ spec: { replicas: 1, selector: { matchLabels: { "k8s-app": "kube-dns" } } }, status },
  });
  const ask = async (workload: KubeObject, status = 200): Promise<{ why: string; asked: readonly string[] }> => {
    const asked: string[] = [];
    const refuse = (): Promise<never> => Promise.reject(new Error("only questions are asked"));
    const api = kubeApi({
      ...{ via: "direct", description: "test", delete: refuse, send: refuse, apply: refuse, close: () => undefined },
      get: (path) => {
        asked.push(path);
        return Promise.resolve({ status, body: JSON.stringify({ items: [pod("minion1", PULL)] }) });
      },
    });
    return { why: await whyUnavailable(api, [COREDNS], [workload], new AbortController().signal), asked };
  };

  it("its own pods are asked for, and only when something is missing", async () => {
    expect(await ask(coredns({ observedGeneration: 1, updatedReplicas: 1 }))).toEqual({
      why: 'on minion1: ImagePullBackOff: Back-off pulling image "example.net/a:1"',
      asked: ["/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns&limit=250"],
    });
    const good = { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 };
    expect(await ask(coredns(good))).toEqual({ why: "", asked: [] });
  });

  it("an API that does not tell is left out", async () => {
    expect((await ask(coredns({ observedGeneration: 1 }), 503)).why).toBe("");
  });
});
