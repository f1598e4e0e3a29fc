import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { meaningOf, type Meaning } from "../../src/kube/again-later.js";
import { directTransport } from "../../src/kube/direct-transport.js";
import { drainNode, DrainTimeout, type Drain } from "../../src/kube/drain-node.js";
import { kubeApi } from "../../src/kube/kube-api.js";
import { errorFromAnswer, unreachable } from "../../src/kube/kube-error.js";
import { createClusterCa, type ClusterCa } from "../../src/pki/ca.js";
import { quickClock } from "../fakes/quick-clock.js";
import { issue } from "../pki/issue.js";
import { ApiServer, status, type Handler } from "./api-server.js";

type Reply = ReturnType<typeof status>;

const TERMINATING =
  'pods "web-1" is forbidden: unable to create new content in namespace shop because it is being terminated';
const ending = withCause(status(403, "Forbidden", TERMINATING), "NamespaceTerminating");

function withCause(answer: Reply, reason: string): Reply {
  return { ...answer, body: { ...(answer.body as object), details: { causes: [{ reason }] } } };
}

const ANSWERS: readonly [string, Reply, Meaning][] = [
  ["too many requests", status(429, "TooManyRequests", "slow down"), "later"],
  ["a namespace that ends", ending, "later"],
  ["a budget that is being changed", status(504, "Timeout", "couldn't update PodDisruptionBudget"), "later"],
  ["a server that starts", status(503, "ServiceUnavailable", "unable to handle the request"), "later"],
  ["a store without leader", status(500, "", "etcdserver: leader changed"), "later"],
  ["a webhook in time-out", status(500, "InternalError", 'failed calling webhook "v.x": deadline exceeded'), "later"],
  ["an object that somebody changed", status(409, "Conflict", "the object has been modified"), "later"],
  ["a list that has grown old", status(410, "Expired", "the provided continue parameter is too old"), "later"],
  ["a webhook that denies", status(403, "Forbidden", 'admission webhook "db.x" denied the request: moving'), "denied"],
  ["one that denies with 400", status(400, "", 'admission webhook "db.x" denied the request: moving'), "denied"],
  ["one that denies with 500", status(500, "", 'admission webhook "db.x" denied the request: moving'), "denied"],
  [
    "a policy that denies",
    status(
      422,
      "Invalid",
      "pods \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
    ),
    "denied",
  ],
  ["what is forbidden", status(403, "Forbidden", 'User "x" cannot create resource "pods/eviction"'), "no"],
  ["a name that is taken", status(409, "AlreadyExists", "already exists"), "no"],
  ["credentials that do not count", status(401, "Unauthorized", "Unauthorized"), "no"],
  ["what is wrong", status(422, "Invalid", "spec.x: Invalid value"), "no"],
  ["a verb that is not there", status(501, "", "not implemented"), "no"],
  ["a field that is not there", status(500, "", "failed to create typed patch object: .spec.x"), "no"],
  ["a store that is full", status(500, "", "etcdserver: mvcc: database space exceeded"), "no"],
];

describe("an answer of the API", () => {
  it.each(ANSWERS)("%s", (_, { status: code, body }, meaning) => {
    expect(meaningOf(errorFromAnswer("x", code, JSON.stringify(body)))).toBe(meaning);
  });

  it("that did not come may come later; what is no answer of the API is a no", () => {
    expect(meaningOf(unreachable("x", "connect ECONNREFUSED"))).toBe("later");
    expect(meaningOf(new Error("x"))).toBe("no");
  });
});

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

/** A node with pods web-1 and web-2 that end as soon as they are evicted or deleted; `first` may answer before. */
async function nodeWithPods(first: (request: string) => ReturnType<Handler> | undefined): Promise<{
  readonly drain: (more?: Partial<Drain>) => ReturnType<typeof drainNode>;
  readonly requests: string[];
  readonly waits: string[];
}> {
  const names = new Set(["web-1", "web-2"]);
  const requests: string[] = [];
  const waits: string[] = [];
  const eviction = { name: "pods/eviction", group: "policy", version: "v1", kind: "Eviction" };
  const server = await ApiServer.start(ca, ({ method, url }) => {
    const name = /pods\/(web-\d)/.exec(url)?.[1];
    const request = name === undefined ? `${method} ${url.replace(/\?.*/, "")}` : `${method} ${name}`;
    requests.push(request);
    const answer = first(request);
    if (answer !== undefined) return answer;
    if (url === "/api/v1") return { status: 200, body: { resources: [eviction] } };
    if (url.startsWith("/api/v1/nodes/")) return { status: 200, body: { kind: "Node", metadata: { name: "a" } } };
    if (name !== undefined) {
      names.delete(name);
      return { status: 201, body: {} };
    }
    if (!url.startsWith("/api/v1/pods?")) return status(404, "NotFound", url);
    const metadata = (one: string): object => ({ name: one, namespace: "shop", uid: one });
    return { status: 200, body: { items: [...names].map((one) => ({ kind: "Pod", metadata: metadata(one) })) } };
  });
  servers.push(server);
  const access = { server: server.url, serverName: "api.demo.example.com", ca: ca.certificate, ...client };
  const kube = kubeApi(directTransport(access, { connect: 2000, request: 5000 }));
  const signal = new AbortController().signal;
  const common = { kube, fqdn: "a", force: false, timeout: 10_000, clock: quickClock(), signal };
  return {
    drain: (more = {}) => drainNode({ ...common, onWait: (text) => waits.push(text), ...more }),
    requests,
    waits,
  };
}

const NOT_NO = ANSWERS.filter(([, , meaning]) => meaning !== "no");

describe("a drain", () => {
  it.each(NOT_NO)("goes on with the other pods and asks again after: %s", async (_, answer) => {
    let left = 1;
    const node = await nodeWithPods((request) => (request === "POST web-1" && left-- > 0 ? answer : undefined));
    const drained = await node.drain();
    expect([...drained.evicted].sort()).toEqual(["shop/web-1", "shop/web-2"]);
    expect(node.requests.filter((one) => one.startsWith("POST"))).toEqual(["POST web-1", "POST web-2", "POST web-1"]);
  });

  it.each(["GET /api/v1/nodes/a", "GET /api/v1/pods", "GET /api/v1"])(
    "goes on when the API is not able to answer %s for a moment",
    async (which) => {
      let left = 2;
      const busy = status(503, "", "etcdserver: no leader");
      const node = await nodeWithPods((request) => (request === which && left-- > 0 ? busy : undefined));
      expect([...(await node.drain()).evicted].sort()).toEqual(["shop/web-1", "shop/web-2"]);
      expect(node.waits.join("\n")).toContain("etcdserver: no leader (503)");
    },
  );

  it("says what it waits for, and in the end why the pod is still there", async () => {
    const node = await nodeWithPods((request) => (request === "POST web-1" ? ending : undefined));
    const error = (await node.drain().catch((reason: unknown) => reason)) as DrainTimeout;
    expect(error).toBeInstanceOf(DrainTimeout);
    expect(error.stuck.map(({ pod, reason }) => `${pod.name}: ${reason}`)).toEqual([`web-1: ${TERMINATING}`]);
    expect(node.waits).toContain(`1 pod to leave; shop/web-1: ${TERMINATING}`);
  });

  it("with force deletes after the time what was denied; a deletion that is refused is tried again", async () => {
    const denied = status(403, "Forbidden", 'admission webhook "db.x" denied the request: moving');
    let left = 2;
    const node = await nodeWithPods((request) => {
      if (request === "POST web-1") return denied;
      return request === "DELETE web-1" && left-- > 0 ? denied : undefined;
    });
    expect(await node.drain({ force: true })).toEqual({
      ...{ left: [], lost: false },
      evicted: ["shop/web-2", "shop/web-1"],
    });
    expect(node.requests.filter((one) => one.startsWith("DELETE"))).toHaveLength(3);
  });

  it("ends with the API's own words when it has not answered until the time is over", async () => {
    const busy = status(503, "", "etcdserver: no leader");
    const node = await nodeWithPods((request) => (request === "GET /api/v1/pods" ? busy : undefined));
    await expect(node.drain()).rejects.toThrow("etcdserver: no leader (503)");
    expect(node.requests.length).toBeGreaterThan(3);
  });

  it("ends at once at a no, with the pod's name", async () => {
    const no = status(403, "Forbidden", 'User "x" cannot create resource "pods/eviction"');
    const node = await nodeWithPods((request) => (request === "POST web-1" ? no : undefined));
    await expect(node.drain()).rejects.toThrow('evicting pod shop/web-1: User "x" cannot create');
    expect(node.waits).toEqual([]);
  });
});
