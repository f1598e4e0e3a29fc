import { describe, expect, it } from "vitest";
import { directTransport } from "../../src/kube/direct-transport.js";
import { kubeApi, type KubeObject } from "../../src/kube/kube-api.js";
import { accessTo, apiTo, configMap, discovery, failureOf, serve } from "./api-bench.js";
import { status } from "./api-server.js";

describe("applying", () => {
  it("asks for the kinds once and patches each object by server-side apply", async () => {
    const server = await serve(({ url }) => ({ status: 200, body: discovery[url] ?? {} }));
    await apiTo(server.url).apply([configMap("a", "kube-system"), configMap("b")], "alpine-k8s");
    expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /api/v1",
      "PATCH /api/v1/namespaces/kube-system/configmaps/a?fieldManager=alpine-k8s&force=true",
      "PATCH /api/v1/namespaces/default/configmaps/b?fieldManager=alpine-k8s&force=true",
    ]);
    expect(server.seen[1]?.contentType).toBe("application/apply-patch+yaml");
    expect(JSON.parse(server.seen[1]?.body ?? "")).toEqual(configMap("a", "kube-system"));
  });

  it("merges an APIService, which old API servers cannot apply, into what is there, or creates it", async () => {
    const kinds = { resources: [{ name: "apiservices", kind: "APIService", namespaced: false }] };
    let isThere = false;
    const server = await serve(({ method, url }) => {
      if (url === "/apis/apiregistration.k8s.io/v1") return { status: 200, body: kinds };
      if (method === "PATCH" && !isThere) return status(404, "NotFound", "");
      isThere = true;
      return { status: 200, body: {} };
    });
    const service = { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name: "v1.x" } };
    const api = apiTo(server.url);
    await api.apply([service], "alpine-k8s");
    await api.apply([service], "alpine-k8s");
    const path = "/apis/apiregistration.k8s.io/v1/apiservices";
    expect(server.seen.slice(1).map(({ method, url, contentType }) => [method, url, contentType])).toEqual([
      ["PATCH", `${path}/v1.x?fieldManager=alpine-k8s`, "application/merge-patch+json"],
      ["POST", `${path}?fieldManager=alpine-k8s`, "application/json"],
      ["PATCH", `${path}/v1.x?fieldManager=alpine-k8s`, "application/merge-patch+json"],
    ]);
  });

  it("applies namespaces and definitions first and waits for these", async () => {
    const definition: KubeObject = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "things.example.com" },
    };
    const thing: KubeObject = { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "one" } };
    const namespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } };
    let looks = 0;
    const server = await serve(({ url }) => {
      if (url.startsWith("/apis/apiextensions.k8s.io/v1/customresourcedefinitions?limit")) {
        const conditions = looks++ === 0 ? [] : [{ type: "Established", status: "True" }];
        return { status: 200, body: { items: [{ ...definition, status: { conditions } }] } };
      }
      if (url === "/apis/example.com/v1") {
        return { status: 200, body: { resources: [{ name: "things", kind: "Thing", namespaced: false }] } };
      }
      return { status: 200, body: discovery[url] ?? {} };
    });
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const api = kubeApi(directTransport(accessTo(server.url), { connect: 2000, request: 5000 }), { clock });
    await api.apply([thing, definition, namespace], "alpine-k8s");
    const patched = server.seen.filter(({ method }) => method === "PATCH").map(({ url }) => url.split("?")[0]);
    expect(patched).toEqual([
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com",
      "/api/v1/namespaces/n",
      "/apis/example.com/v1/things/one",
    ]);
    expect(looks).toBe(2);
  });

  it("names the object that the API refuses, with its words", async () => {
    const server = await serve(({ method, url }) =>
      method === "PATCH" ? status(422, "Invalid", "data: wrong") : { status: 200, body: discovery[url] },
    );
    const error = await failureOf(apiTo(server.url).apply([configMap("a", "kube-system")], "alpine-k8s"));
    expect(error.message).toBe("applying ConfigMap kube-system/a: data: wrong (422 Invalid)");
  });

  it("says which kind the API does not have", async () => {
    const server = await serve(({ url }) =>
      url === "/api/v1" ? { status: 200, body: discovery[url] } : status(404, "NotFound", ""),
    );
    const pod: KubeObject = { apiVersion: "v2", kind: "Pod", metadata: { name: "p" } };
    await expect(apiTo(server.url).apply([pod], "alpine-k8s")).rejects.toThrow(
      "applying Pod p: the API has no Pod in v2",
    );
  });
});
