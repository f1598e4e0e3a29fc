import { describe, expect, it } from "vitest";
import { ApiPaths } from "../../src/kube/api-paths.js";
import { bootstrapToken } from "../../src/kube/bootstrap-tokens.js";
import { nodesReady, workloadsAvailable, COREDNS } from "../../src/kube/conditions.js";
import { isCordoned } from "../../src/kube/cordon-node.js";
import { isLost } from "../../src/kube/drain-node.js";
import { planDrain } from "../../src/kube/drain-plan.js";
import { internalAddresses } from "../../src/kube/fields.js";
import { kubeApi, type KubeApi, type KubeObject } from "../../src/kube/kube-api.js";
import { errorFromAnswer } from "../../src/kube/kube-error.js";
import { onlyRemembered } from "../../src/kube/started/since-boot.js";
import { troubleOf } from "../../src/kube/pod-trouble.js";
import { whyNodeStuck } from "../../src/kube/stuck-pods.js";
import type { Answer, KubeTransport } from "../../src/kube/transport.js";
import { eventLines } from "../../src/operations/logs/events.js";
import { topologyOn } from "../templates/inputs.js";

const signal = new AbortController().signal;
const POD = { namespace: "default", name: "web-1", uid: "1" };

/** The API over a server that answers everything with one document. */
function apiThatSays(document: unknown, status = 200): KubeApi {
  const body = typeof document === "string" ? document : JSON.stringify(document);
  const say = (): Promise<Answer> => Promise.resolve({ status, body });
  const transport: KubeTransport = {
    ...{ via: "direct", description: "the test's", get: say, delete: say, send: say },
    apply: () => Promise.resolve([]),
    forward: () => Promise.reject(new Error("nobody forwards here")),
    close: () => undefined,
  };
  return kubeApi(transport);
}

const NO_DOCUMENT = "the answer is no document with fields (200)";
const NO_LIST = "the answer is no list of objects (200)";

describe("an answer that is not one of Kubernetes", () => {
  it.each<[string, (api: KubeApi) => Promise<unknown>, unknown, string]>([
    ["null", (api) => api.get("/x"), null, `GET /x: ${NO_DOCUMENT}`],
    ["a list", (api) => api.find("/x"), [], `GET /x: ${NO_DOCUMENT}`],
    ["an object without metadata", (api) => api.find("/x"), {}, "GET /x: the answer is no object with a name (200)"],
    ["a group that is null", (api) => api.groupPath("policy"), null, `asking for the API group policy: ${NO_DOCUMENT}`],
    ["resources that are null", (api) => api.evict(POD), null, `asking for the resources of v1: ${NO_DOCUMENT}`],
    [
      "a resource that is null",
      (api) => api.evict(POD),
      { resources: [null] },
      "asking for the resources of v1: the API has no pods/eviction (200)",
    ],
    ["items that are no list", (api) => api.list("/x"), { items: 5 }, `GET /x: ${NO_LIST}`],
    ["an item that is null", (api) => api.list("/x"), { items: [null] }, `GET /x: ${NO_LIST}`],
    ["an item without a name", (api) => api.list("/x"), { items: [{ metadata: {} }] }, `GET /x: ${NO_LIST}`],
    [
      "a list without end",
      (api) => api.list("/x"),
      { metadata: { continue: "a" } },
      "GET /x: the list has more than 1000 pages (200 TooLarge)",
    ],
  ])("%s is refused in words", async (_, ask, document, message) => {
    await expect(ask(apiThatSays(document))).rejects.toMatchObject({ name: "KubeError", message });
  });

  it.each([
    ["", "the answer is not JSON"],
    ["null", "the answer is no document with fields"],
    ['{"resources":[null,{"name":5}]}', "the API has no Pod in v1"],
  ])("%j as the kinds of a group is refused in words", async (body, words) => {
    const paths = new ApiPaths(() => Promise.resolve({ status: 200, body }));
    const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } };
    await expect(paths.of(object, {})).rejects.toThrow(words);
  });

  it.each<[string, unknown]>([
    ["causes that are no list", { causes: { reason: "x" } }],
    ["a cause that is null", { causes: [null] }],
    ["a reason that is no text", { causes: [{ reason: { toString: 5 } }] }],
    ["details that are no group", "x"],
  ])("as a refusal with %s keeps its message", (_, details) => {
    const body = JSON.stringify({ message: "no", reason: "Forbidden", details });
    expect(errorFromAnswer("GET /x", 403, body).message).toBe("GET /x: no (403 Forbidden)");
  });
});

/** An object of which only the name is certain. */
function odd(fields: object, metadata: object = {}): KubeObject {
  return { apiVersion: "v1", kind: "Odd", metadata: { name: "a", ...metadata }, ...fields };
}

describe("an object whose fields are not what they should be", () => {
  const wanted = [{ fqdn: "a", address: "10.0.0.2" }];

  it.each<[unknown, string]>([
    [null, "a is not ready"],
    [{ conditions: 5 }, "a is not ready"],
    [{ conditions: [null, { type: "Ready", status: "False", reason: {} }] }, "a is not ready"],
    [
      { conditions: [{ type: "Ready", status: "True" }], addresses: [null] },
      "a reports the address none instead of 10.0.0.2",
    ],
  ])("as a node with the status %j is not ready", (status, why) => {
    expect(nodesReady(wanted, [odd({ status })])).toBe(why);
    expect(isLost(odd({ status }))).toBe(false);
  });

  it("as a workload or a pod says nothing", () => {
    const coredns = {
      ...odd({ spec: 5, status: [] }),
      kind: "Deployment",
      metadata: { name: "coredns", namespace: "kube-system" },
    };
    expect(workloadsAvailable([COREDNS], [coredns])).toContain("has not been observed by its controller yet");
    const pods = [
      odd({ status: { containerStatuses: [null, { state: { waiting: null } }], conditions: [null] }, spec: null }),
    ];
    expect(pods.map(troubleOf)).toEqual([undefined]);
    const boots = [{ fqdn: "a", at: Date.now() }];
    expect(onlyRemembered(boots, [odd({ status: null })], pods)).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ["a name that is none", { name: null, state: { waiting: { reason: "A", message: 5 } } }, "A"],
    ["a reason that is no text", { state: { waiting: { reason: {} } } }, ""],
    ["an exit code that is none", { state: { terminated: { exitCode: "x" } } }, ""],
    ["a node that is none", { state: { waiting: { reason: "A", message: "b" } } }, "A: b"],
  ])("as a pod with %s is waited for", async (_, container, words) => {
    const api = apiThatSays({ items: [odd({ spec: { nodeName: 5 }, status: { containerStatuses: [container] } })] });
    expect(await whyNodeStuck(api, "a", signal)).toBe(words === "" ? "" : `on no node: ${words}`);
  });

  it("as a node is not cordoned and has no address", () => {
    expect(isCordoned(odd({ spec: null }))).toBe(false);
    expect(internalAddresses(odd({ status: { addresses: { type: "InternalIP" } } }))).toEqual([]);
  });

  it("as a pod may always leave, and counts as one without a controller", () => {
    const pod = odd({ spec: { volumes: [null] } }, { annotations: null, ownerReferences: [null], uid: 5 });
    expect(planDrain([pod])).toEqual({
      leaving: [{ namespace: "default", name: "a", uid: "", ending: false }],
      losses: [
        { pod: { namespace: "default", name: "a", uid: "" }, what: "no controller would recreate it elsewhere" },
      ],
    });
  });

  it("as a token or an event tells what can be read", async () => {
    expect(bootstrapToken(odd({ data: { "token-id": 5, "auth-extra-groups": {} } }), new Date())).toMatchObject({
      id: "a",
      groups: [],
    });
    const api = apiThatSays({ items: [odd({ message: 5, count: {}, series: null })] });
    const [line] = await eventLines(api, undefined, signal);
    expect(line?.text).toBe("- - - ? ?: ");
    expect(await eventLines(api, topologyOn("libvirt").nodes[0], signal)).toEqual([]);
  });
});
