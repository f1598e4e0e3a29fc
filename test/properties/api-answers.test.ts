import { describe, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { differences, differenceText } from "../../src/control-plane/differences.js";
import { meaningOf } from "../../src/kube/again-later.js";
import { ApiPaths } from "../../src/kube/api-paths.js";
import { bootstrapToken, tokenState } from "../../src/kube/bootstrap-tokens.js";
import { clusterConditions, COREDNS, unmetCondition, workloadsAvailable } from "../../src/kube/conditions.js";
import { isLost } from "../../src/kube/drain-node.js";
import { planDrain } from "../../src/kube/drain-plan.js";
import { kubeApi, type KubeApi, type KubeObject } from "../../src/kube/kube-api.js";
import { errorFromAnswer } from "../../src/kube/kube-error.js";
import { observeCluster } from "../../src/kube/observe.js";
import { onlyRemembered } from "../../src/kube/started/since-boot.js";
import { staleEndpoints } from "../../src/kube/started/stale-endpoints.js";
import { whyNodeStuck, whyUnavailable } from "../../src/kube/stuck-pods.js";
import type { Answer, KubeTransport } from "../../src/kube/transport.js";
import { eventLines } from "../../src/operations/logs/events.js";
import { topologyOn } from "../templates/inputs.js";
import { anyJson } from "./any-json.js";
import { anyList, anyObject, anyStatus } from "./any-objects.js";
import { forAll } from "./cases.js";

/** The longest sentence that is made of one answer. */
const LONGEST = 10_000;

const FQDN = "master1.example.com";
const signal = new AbortController().signal;
const topology = topologyOn("libvirt");
const JOB = { apiVersion: "batch/v1", kind: "Job", namespace: "kube-system", name: "coredns" };
const ALL = [COREDNS, { ...COREDNS, kind: "DaemonSet" }, JOB];
/** The API over a server that answers everything with one text. */
function apiThatSays(answer: Answer): KubeApi {
  const say = (): Promise<Answer> => Promise.resolve(answer);
  const transport: KubeTransport = {
    ...{ via: "direct", description: "the test's", get: say, delete: say, send: say },
    apply: () => Promise.resolve([]),
    forward: () => Promise.reject(new Error("nobody forwards here")),
    close: () => undefined,
  };
  return kubeApi(transport);
}

/** What the API's answer leads to; its refusals are errors of ours, and everything else is thrown on. */
async function toldBy(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AlpineK8sError) return error.message;
    throw error;
  }
}

function tooLong(...told: readonly unknown[]): string | undefined {
  const long = told.find((one) => typeof one === "string" && one.length > LONGEST);
  return typeof long === "string" ? `${long.length} characters are told: ${long.slice(0, 80)}` : undefined;
}

describe("whatever the API answers", () => {
  it("as a refusal is an error with an end, and means something", async () => {
    await forAll(
      (dice) => ({
        status: dice.one([0, 200, 201, 400, 401, 403, 404, 409, 410, 422, 429, 500, 501, 503, 504, 505, 599]),
        body: anyStatus(dice),
      }),
      async ({ status, body }) => {
        const error = errorFromAnswer("GET /x", status, body);
        if (!["later", "denied", "no"].includes(meaningOf(error))) return "it means nothing";
        const api = apiThatSays({ status, body });
        const pod = { namespace: "default", name: "web-1", uid: "1" };
        const asked = [
          () => api.get("/x"),
          () => api.find("/x"),
          () => api.list("/x"),
          () => api.groupPath("policy"),
          () => api.evict(pod),
          () => api.readyz(),
          () => api.delete("/x"),
          () => api.patch("/x", {}, "x"),
        ];
        return tooLong(error.message, ...(await Promise.all(asked.map(toldBy))));
      },
    );
  });

  it("as any document is read, or refused as no answer of the API's", async () => {
    await forAll(
      (dice) => JSON.stringify(anyJson(dice, 4)),
      async (body) => {
        const api = apiThatSays({ status: 200, body });
        const paths = new ApiPaths(() => Promise.resolve({ status: 200, body }));
        const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } };
        const listed = await toldBy(() => api.list("/x"));
        if (Array.isArray(listed) && listed.some((one: KubeObject) => typeof one.metadata.name !== "string"))
          return "an item has no name";
        const asked = [() => api.get("/x"), () => api.groupPath("policy"), () => paths.of(object, { signal })];
        return tooLong(...(await Promise.all(asked.map(toldBy))));
      },
    );
  });

  it("as nodes and workloads meets the conditions or says why not", async () => {
    await forAll(
      (dice) => ({ nodes: anyList(dice, "node"), workloads: anyList(dice, "workload"), pods: anyList(dice, "pod") }),
      async ({ nodes, workloads, pods }) => {
        const observed = await toldBy(async () => ({
          nodes: (await observeCluster(apiThatSays({ status: 200, body: nodes }), [], signal)).nodes,
          workloads: (await observeCluster(apiThatSays({ status: 200, body: workloads }), ALL, signal)).workloads,
        }));
        const listed = await toldBy(() => apiThatSays({ status: 200, body: pods }).list("/pods"));
        if (typeof observed === "string" || typeof listed === "string") return tooLong(observed, listed);
        const seen = observed as { nodes: KubeObject[]; workloads: KubeObject[] };
        const some = listed as KubeObject[];
        const told = differences({ topology, machines: [], sessions: [], registered: seen.nodes }).map(differenceText);
        seen.nodes.forEach(isLost);
        planDrain(some);
        const podsApi = apiThatSays({ status: 200, body: pods });
        const why = await whyUnavailable(podsApi, ALL, seen.workloads, signal);
        const boots = [{ fqdn: FQDN, at: Date.parse("2026-01-02T00:00:00Z") }];
        return tooLong(
          ...[
            unmetCondition(clusterConditions([{ fqdn: FQDN, address: "10.250.250.2" }], []), seen),
            why,
            await whyNodeStuck(podsApi, FQDN, signal),
          ],
          ...[
            workloadsAvailable(ALL, seen.workloads),
            onlyRemembered(boots, seen.nodes, some),
            staleEndpoints(some, some),
            ...told,
          ],
        );
      },
    );
  });

  it("as tokens and events is told", async () => {
    await forAll(
      (dice) => ({ secret: anyObject(dice, "secret"), events: anyList(dice, "event") }),
      async ({ secret, events }) => {
        const lines = await toldBy(() =>
          eventLines(apiThatSays({ status: 200, body: events }), topology.nodes[0], signal),
        );
        const found = await toldBy(() => apiThatSays({ status: 200, body: `{"items":[${secret}]}` }).list("/secrets"));
        if (typeof found === "string") return tooLong(found);
        const [object] = found as KubeObject[];
        if (object === undefined) return "the list has become empty";
        bootstrapToken(object, new Date());
        tokenState(object, new Date(), "abcdef.0123456789abcdef");
        return Array.isArray(lines)
          ? tooLong(...(lines as { text: string }[]).map(({ text }) => text))
          : tooLong(lines);
      },
    );
  });

  it("a list that does not end is given up", async () => {
    const body = JSON.stringify({ items: [], metadata: { continue: "again" } });
    const told = await toldBy(() => apiThatSays({ status: 200, body }).list("/x"));
    if (told !== "GET /x: the list has more than 1000 pages (200 TooLarge)") throw new Error(String(told));
  });
});
