import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { directTransport } from "../../src/kube/direct-transport.js";
import { drainNode, isLost } from "../../src/kube/drain-node.js";
import { planDrain } from "../../src/kube/drain-plan.js";
import { kubeApi, type KubeApi, type KubeObject } from "../../src/kube/kube-api.js";
import { createClusterCa, type ClusterCa } from "../../src/pki/ca.js";
import { quickClock } from "../fakes/quick-clock.js";
import { issue } from "../pki/issue.js";
import { ApiServer, status, type Handler } from "./api-server.js";

let ca: ClusterCa;
let client: { certificate: string; key: string };
const servers: ApiServer[] = [];

beforeAll(async () => {
  ca = await createClusterCa({ name: "demo" });
  client = await issue(ca, { subject: "O=kubeadm:cluster-admins, CN=kubernetes-admin" });
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** The part of the API's list of core resources that evictions need; without `version` there are no evictions. */
const resources = (version?: string): { status: number; body: unknown } => {
  const eviction = { name: "pods/eviction", namespaced: true, group: "policy", version, kind: "Eviction" };
  const pods = { name: "pods", namespaced: true, kind: "Pod" };
  return {
    status: 200,
    body: { kind: "APIResourceList", resources: version === undefined ? [pods] : [pods, eviction] },
  };
};

/** An API that evicts with the given version of policy, and asks the handler for everything else. */
async function serve(handler: Handler, policy = "v1"): Promise<{ server: ApiServer; api: KubeApi }> {
  const answer: Handler = (seen) => (seen.url === "/api/v1" ? resources(policy) : handler(seen));
  return open(answer);
}

async function open(handler: Handler): Promise<{ server: ApiServer; api: KubeApi }> {
  const server = await ApiServer.start(ca, handler);
  servers.push(server);
  const access = { server: server.url, serverName: "api.demo.example.com", ca: ca.certificate, ...client };
  return { server, api: kubeApi(directTransport(access, { connect: 2000, request: 5000 })) };
}

const POD = { namespace: "default", name: "web-1", uid: "u1" };
const refused = (code: number, message: string, details = {}): { status: number; body: unknown } => {
  const answer = status(code, code === 429 ? "TooManyRequests" : "", message);
  return { ...answer, body: { ...(answer.body as object), details } };
};

describe("evict", () => {
  it.each([
    ["v1", "Kubernetes 1.22"],
    ["v1beta1", "Kubernetes 1.20"],
  ])("posts an Eviction of policy/%s, as the API of %s takes it, for that very pod", async (version) => {
    const done = { status: 201, body: { kind: "Status", status: "Success", code: 201 } };
    const { server, api } = await serve(() => done, version);
    expect(await api.evict(POD)).toEqual({ outcome: "evicted" });
    expect(server.seen).toMatchObject([
      { method: "GET", url: "/api/v1" },
      { method: "POST", url: "/api/v1/namespaces/default/pods/web-1/eviction", contentType: "application/json" },
    ]);
    expect(JSON.parse(server.seen[1]?.body ?? "")).toEqual({
      apiVersion: `policy/${version}`,
      kind: "Eviction",
      metadata: { namespace: "default", name: "web-1" },
      deleteOptions: { preconditions: { uid: "u1" } },
    });
  });

  it("asks for the version once, and again only when it got no answer", async () => {
    let listing = status(503, "", "starting");
    const { server, api } = await open(({ url }) => (url === "/api/v1" ? listing : { status: 201, body: {} }));
    await expect(api.evict(POD)).rejects.toThrow("asking for the resources of v1: starting (503)");
    listing = resources("v1");
    await Promise.all([api.evict(POD), api.evict(POD)]);
    await api.evict(POD);
    expect(server.seen.filter(({ url }) => url === "/api/v1")).toHaveLength(2);
  });

  it("says when the API has no evictions at all", async () => {
    const { api } = await open(() => resources());
    await expect(api.evict(POD)).rejects.toThrow("asking for the resources of v1: the API has no pods/eviction");
  });

  it("takes a failure for one that comes with 201, as several budgets do", async () => {
    const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    const { api } = await serve(() => ({ ...status(500, "", message), status: 201 }));
    expect(await api.evict(POD)).toEqual({ outcome: "refused", reason: message });
  });

  it("tells the budget that refuses, in the API's words", async () => {
    const message = "The disruption budget web needs 2 healthy pods and has 2 currently";
    const details = { causes: [{ reason: "DisruptionBudget", message }] };
    const { api } = await serve(() => refused(429, "Cannot evict pod as it would violate…", details));
    expect(await api.evict(POD)).toEqual({ outcome: "refused", reason: message, budget: "web" });
  });

  it.each([
    [
      "several budgets",
      500,
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    ],
    ["too many requests of any kind", 429, "slow down"],
  ])("takes %s for a refusal", async (_, code, message) => {
    const { api } = await serve(() => refused(code, message));
    expect(await api.evict(POD)).toEqual({ outcome: "refused", reason: message });
  });

  it.each([404, 409])("takes %s for a pod that is gone, or another one by now", async (code) => {
    const { api } = await serve(() => status(code, "", "x"));
    expect(await api.evict(POD)).toEqual({ outcome: "gone" });
  });

  it("throws everything else with the pod's name", async () => {
    const { api } = await serve(() => status(403, "Forbidden", "no"));
    await expect(api.evict(POD)).rejects.toThrow("evicting pod default/web-1: no (403 Forbidden)");
  });
});

describe("groupPath", () => {
  it.each(["policy/v1", "policy/v1beta1"])("is that of the version that the API prefers: %s", async (groupVersion) => {
    const group = { kind: "APIGroup", name: "policy", preferredVersion: { groupVersion, version: "x" } };
    const { server, api } = await open(() => ({ status: 200, body: group }));
    expect(await api.groupPath("policy")).toBe(`/apis/${groupVersion}`);
    expect(await api.groupPath("policy")).toBe(`/apis/${groupVersion}`);
    expect(server.seen.map(({ url }) => url)).toEqual(["/apis/policy"]);
  });

  it("throws what the API says instead", async () => {
    const { api } = await open(() => status(404, "NotFound", "the server could not find the requested resource"));
    await expect(api.groupPath("policy")).rejects.toThrow("asking for the API group policy: the server could not find");
    const empty = await open(() => ({ status: 200, body: {} }));
    await expect(empty.api.groupPath("policy")).rejects.toThrow("it has no preferred version");
  });
});

describe("patch", () => {
  it("is a merge patch with its field manager", async () => {
    const { server, api } = await serve(() => ({ status: 200, body: {} }));
    await api.patch("/api/v1/nodes/a", { spec: { unschedulable: true } }, "alpine-k8s");
    expect(server.seen).toMatchObject([
      {
        ...{ method: "PATCH", url: "/api/v1/nodes/a?fieldManager=alpine-k8s" },
        ...{ contentType: "application/merge-patch+json", body: '{"spec":{"unschedulable":true}}' },
      },
    ]);
    server.handle(() => status(404, "NotFound", 'nodes "a" not found'));
    await expect(api.patch("/api/v1/nodes/a", {}, "x")).rejects.toThrow('PATCH /api/v1/nodes/a: nodes "a" not found');
  });
});

function pod(name: string, more: Partial<KubeObject> & { meta?: object } = {}): KubeObject {
  const { meta = {}, ...rest } = more;
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default", uid: name, ...meta }, ...rest };
}
const ownedBy = (kind: string): object => ({ ownerReferences: [{ kind, controller: true }] });

describe("what a drain does with", () => {
  it.each<[string, KubeObject, boolean, number]>([
    ["a pod of a ReplicaSet", pod("p", { meta: ownedBy("ReplicaSet") }), true, 0],
    ["a pod of a DaemonSet", pod("p", { meta: ownedBy("DaemonSet") }), false, 0],
    ["a finished pod of a DaemonSet", pod("p", { meta: ownedBy("DaemonSet"), status: { phase: "Failed" } }), true, 0],
    ["a static pod", pod("p", { meta: { annotations: { "kubernetes.io/config.mirror": "x" } } }), false, 0],
    ["a pod without a controller", pod("p"), true, 1],
    ["a finished pod without one", pod("p", { status: { phase: "Succeeded" } }), true, 0],
    ["an owner that is no controller", pod("p", { meta: { ownerReferences: [{ kind: "ReplicaSet" }] } }), true, 1],
    ["data in an emptyDir", pod("p", { meta: ownedBy("Job"), spec: { volumes: [{ emptyDir: {} }] } }), true, 1],
    ["a lone pod with an emptyDir", pod("p", { spec: { volumes: [{ emptyDir: {} }] } }), true, 2],
    ["a lone pod that is ending", pod("p", { meta: { deletionTimestamp: "2026-01-01T00:00:00Z" } }), true, 0],
  ])("%s", (_, object, leaves, losses) => {
    const plan = planDrain([object]);
    expect([plan.leaving.length, plan.losses.length]).toEqual([leaves ? 1 : 0, losses]);
  });
});

describe("a node", () => {
  it.each([
    ["True", false],
    ["False", false],
    ["Unknown", true],
  ])("whose Ready is %s is lost: %s", (ready, lost) => {
    const conditions = [{ type: "Ready", status: ready }];
    expect(isLost({ apiVersion: "v1", kind: "Node", metadata: { name: "a" }, status: { conditions } })).toBe(lost);
  });

  it("that is gone needs no drain", async () => {
    const { api } = await serve(({ url }) =>
      url.startsWith("/api/v1/nodes/") ? status(404, "NotFound", "") : { status: 200, body: { items: [pod("p")] } },
    );
    const signal = new AbortController().signal;
    const rest = { force: false, timeout: 1000, clock: quickClock(), signal, onWait: () => undefined };
    expect(await drainNode({ kube: api, fqdn: "a", ...rest })).toEqual({ evicted: [], left: [], lost: false });
  });
});
