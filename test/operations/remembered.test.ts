import { expect, test } from "vitest";
import { lookAtConditions } from "../../src/control-plane/health.js";
import type { KubeApi } from "../../src/kube/kube-api.js";

const FQDN = "master1.example.com";
const PODS = "/api/v1/namespaces/kube-system/pods";
/** The time of a boot, for comparison with the API's times below. */
const BOOT = Date.parse("2026-11-29T10:00:00Z");

function nodeThatIs(status: string) {
  return {
    ...{ apiVersion: "v1", kind: "Node", metadata: { name: FQDN } },
    status: {
      conditions: [{ type: "Ready", status, lastHeartbeatTime: "2026-11-29T09:59:00Z" }],
      addresses: [{ type: "InternalIP", address: "10.0.0.2" }],
    },
  };
}

/** Observes a cluster of one node that has just started; records which lists were requested. */
async function look(status: string) {
  const asked: string[] = [];
  const list = (path: string) => {
    asked.push(path);
    if (path === PODS) return Promise.reject(new Error("the API is gone again"));
    return Promise.resolve(path === "/api/v1/nodes" ? [nodeThatIs(status)] : []);
  };
  const context = {
    ...{ topology: { nodes: [{ fqdn: FQDN, address: "10.0.0.2" }] }, addons: [] },
    signal: new AbortController().signal,
  };
  const boots = [{ fqdn: FQDN, at: BOOT }];
  const states = await lookAtConditions(context as never, { list } as unknown as KubeApi, { boots });
  // A rejection that nobody handles would fail the run now.
  await new Promise((resolve) => setImmediate(resolve));
  return { asked, ready: states.find(({ id }) => id === "nodes-ready") };
}

test("a node that is not ready says why, and nobody asks for what is only remembered of it", async () => {
  const { asked, ready } = await look("False");
  expect(ready).toEqual({ id: "nodes-ready", met: false, reason: `${FQDN} is not ready` });
  expect(asked).not.toContain(PODS);
});

test("an API that fails when it is asked for the pods is the reason of all conditions", async () => {
  const { asked, ready } = await look("True");
  expect(asked).toContain(PODS);
  expect(ready).toEqual({
    ...{ id: "nodes-ready", met: false },
    reason: "the API did not answer: the API is gone again",
  });
});

test("a Service that leads where its pods were before keeps the cluster from being healthy", async () => {
  const after = "2026-11-29T10:00:30Z";
  const node = nodeThatIs("True");
  node.status.conditions = [{ type: "Ready", status: "True", lastHeartbeatTime: after }];
  const pod = { metadata: { name: "coredns-1" }, spec: { nodeName: FQDN }, status: { podIP: "10.244.0.9" } };
  const slices = (address: string) => [
    {
      metadata: { name: "kube-dns-x7", labels: { "kubernetes.io/service-name": "kube-dns" } },
      endpoints: [{ addresses: [address], targetRef: { kind: "Pod", name: "coredns-1" } }],
    },
  ];
  const context = {
    ...{ topology: { nodes: [{ fqdn: FQDN, address: "10.0.0.2" }] }, addons: [] },
    signal: new AbortController().signal,
  };
  const readyWith = async (address: string) => {
    const kube = {
      groupPath: (group: string) => Promise.resolve(`/apis/${group}/v1beta1`),
      list: (path: string) => {
        if (path === PODS) return Promise.resolve([pod]);
        if (path === "/apis/discovery.k8s.io/v1beta1/namespaces/kube-system/endpointslices")
          return Promise.resolve(slices(address));
        return Promise.resolve(path === "/api/v1/nodes" ? [node] : []);
      },
    };
    const states = await lookAtConditions(context as never, kube as unknown as KubeApi, {
      boots: [{ fqdn: FQDN, at: BOOT }],
    });
    return states.find(({ id }) => id === "nodes-ready");
  };
  expect(await readyWith("10.244.0.2")).toEqual({
    ...{ id: "nodes-ready", met: false },
    reason: "these Services lead to addresses from before the start: kube-dns",
  });
  expect(await readyWith("10.244.0.9")).toEqual({ id: "nodes-ready", met: true, reason: "" });
});
