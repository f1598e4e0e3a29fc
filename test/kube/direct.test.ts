import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { connectKube } from "../../src/kube/connect-kube.js";
import { directTransport } from "../../src/kube/direct-transport.js";
import { createClusterCa } from "../../src/pki/ca.js";
import { accessTo, apiTo, failureOf, serve, servers } from "./api-bench.js";
import { ApiServer, status } from "./api-server.js";

describe("reading", () => {
  it("uses the client certificate and checks the server by its endpoint name", async () => {
    const server = await serve(() => ({ status: 200, body: { kind: "Node", metadata: { name: "a" } } }));
    const node = await apiTo(server.url).find("/api/v1/nodes/a");
    expect(node?.metadata.name).toBe("a");
    expect(server.seen).toMatchObject([
      { method: "GET", url: "/api/v1/nodes/a", client: "kubernetes-admin", servername: "api.demo.example.com" },
    ]);
  });

  it("refuses a server whose certificate has another name", async () => {
    const server = await serve(() => ({ status: 200, body: {} }), ["api.other.example.com"]);
    const error = await failureOf(apiTo(server.url).get("/version"));
    expect(error.message).toContain("does not match certificate's altnames");
    expect([error.status, error.reason, error.kind]).toEqual([0, "Unreachable", "unhealthy"]);
    expect(server.seen).toEqual([]);
  });

  it("refuses a server of another CA", async () => {
    const other = await createClusterCa({ name: "other" });
    const server = await ApiServer.start(other, () => ({ status: 200, body: {} }));
    servers.push(server);
    const error = await failureOf(apiTo(server.url).get("/version"));
    expect(error.message).toMatch(/unable to verify|self.signed|certificate signature failure/);
    expect(server.seen).toEqual([]);
  });

  it("repeats the API's words with status and reason", async () => {
    const server = await serve(() => status(403, "Forbidden", 'nodes is forbidden: User "x" cannot list'));
    const error = await failureOf(apiTo(server.url).get("/api/v1/nodes"));
    expect(error.message).toBe('GET /api/v1/nodes: nodes is forbidden: User "x" cannot list (403 Forbidden)');
  });

  it("finds nothing for 404, and only for 404", async () => {
    const server = await serve(() => status(404, "NotFound", 'secrets "a" not found'));
    expect(await apiTo(server.url).find("/api/v1/secrets/a")).toBeUndefined();
    server.handle(() => status(500, "InternalError", "etcd is away"));
    expect((await failureOf(apiTo(server.url).find("/api/v1/secrets/a"))).message).toContain("etcd is away");
  });

  it("lists page after page", async () => {
    const server = await serve(({ url }) =>
      url.includes("continue=next%2F1")
        ? { status: 200, body: { items: [{ metadata: { name: "b" } }], metadata: {} } }
        : { status: 200, body: { items: [{ metadata: { name: "a" } }], metadata: { continue: "next/1" } } },
    );
    expect(await apiTo(server.url).list("/api/v1/nodes")).toEqual([
      { metadata: { name: "a" } },
      { metadata: { name: "b" } },
    ]);
    expect(server.seen.map(({ url }) => url)).toEqual([
      "/api/v1/nodes?limit=250",
      "/api/v1/nodes?limit=250&continue=next%2F1",
    ]);
  });

  it("says that an answer is no JSON", async () => {
    const server = await serve(() => ({ status: 200, body: "<html>" }));
    expect((await failureOf(apiTo(server.url).get("/x"))).message).toBe("GET /x: the answer is not JSON (200)");
  });

  it("repeats a request once whose kept connection was closed", async () => {
    const server = await serve(() => ({ status: 200, body: {} }));
    const api = apiTo(server.url);
    await api.get("/first");
    let drops = 1;
    server.handle(() => (drops-- > 0 ? "drop" : { status: 200, body: { again: true } }));
    expect(await api.get("/second")).toEqual({ again: true });
    api.close();
  });
});

describe("limits", () => {
  it("gives up on a server that never answers", async () => {
    const server = await serve(() => "hang");
    const error = await failureOf(apiTo(server.url, { connect: 1000, request: 200 }).get("/slow"));
    expect(error.message).toBe(`GET ${server.url}/slow: no whole answer within 0.2 s (Unreachable)`);
  });

  it("gives up on a port that accepts and never speaks TLS", async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const error = await failureOf(apiTo(url, { connect: 150, request: 5000 }).get("/version"));
    expect(error.message).toBe(`GET ${url}/version: no connection within 0.15 s (Unreachable)`);
    mute.close();
  });

  it("says that the connection was refused", async () => {
    const error = await failureOf(apiTo("https://127.0.0.1:1").get("/version"));
    expect(error.message).toMatch(/^GET https:\/\/127\.0\.0\.1:1\/version: connect ECONNREFUSED/);
    expect(error.hints).toEqual(["alpine-k8s status"]);
  });

  it("ends with the signal's reason", async () => {
    const server = await serve(() => "hang");
    const controller = new AbortController();
    const reason = new Error("interrupted by the user");
    setTimeout(() => controller.abort(reason), 50);
    await expect(apiTo(server.url).get("/slow", controller.signal)).rejects.toBe(reason);
  });
});

describe("deleting and readyz", () => {
  it("removes, and takes 404 for removed", async () => {
    const server = await serve(() => status(404, "NotFound", "gone"));
    await apiTo(server.url).delete("/api/v1/namespaces/kube-system/secrets/s");
    expect(server.seen).toMatchObject([{ method: "DELETE", url: "/api/v1/namespaces/kube-system/secrets/s" }]);
    server.handle(() => status(403, "Forbidden", "no"));
    expect((await failureOf(apiTo(server.url).delete("/x"))).message).toBe("DELETE /x: no (403 Forbidden)");
  });

  it("is ready, not ready in the API's words, or not reachable", async () => {
    const server = await serve(() => ({ status: 200, body: "ok" }));
    expect(await apiTo(server.url).readyz()).toBeUndefined();
    server.handle(() => ({ status: 500, body: "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed" }));
    expect(await apiTo(server.url).readyz()).toBe(
      "the API is not ready: [+]ping ok / [-]etcd failed: reason withheld / readyz check failed (500)",
    );
    expect(await apiTo("https://127.0.0.1:1").readyz()).toContain("ECONNREFUSED");
  });
});

describe("connectKube without a master to go through", () => {
  it("takes an API that answers, ready or not", async () => {
    const server = await serve(() => ({ status: 500, body: "etcd" }));
    const api = await connectKube({ direct: accessTo(server.url), through: undefined });
    expect([api.via, api.description, api.whyNotDirect]).toEqual(["direct", server.url, undefined]);
  });

  it("throws why it cannot be reached", async () => {
    const error = await failureOf(connectKube({ direct: accessTo("https://127.0.0.1:1"), through: undefined }));
    expect(error.message).toContain("ECONNREFUSED");
  });

  it("waits for one that starts, and forbids everything until it has read the roles", async () => {
    let looks = 0;
    const server = await serve(() => ((looks += 1) < 3 ? status(403, "Forbidden", "no") : { status: 200, body: "ok" }));
    const api = await connectKube({ direct: accessTo(server.url), through: undefined, starting: 2_500 });
    expect([api.via, looks]).toEqual(["direct", 3]);
  });

  it("says what it forbids when it goes on", async () => {
    const server = await serve(() => status(403, "Forbidden", "nobody may look"));
    const error = await failureOf(connectKube({ direct: accessTo(server.url), through: undefined, starting: 50 }));
    expect(error.message).toBe(`${server.url}: nobody may look (403 Forbidden)`);
  });

  it("says what to do about credentials that are not taken", async () => {
    const server = await serve(() => status(401, "Unauthorized", "Unauthorized"));
    const error = await failureOf(connectKube({ direct: accessTo(server.url), through: undefined }));
    expect(error.message).toBe(`${server.url}: Unauthorized (401 Unauthorized)`);
    expect(error.hints[0]).toContain("remove admin.config and run: alpine-k8s kubectl-config");
  });
});

it("an environment that trusts everybody does not make us trust", async () => {
  const other = await createClusterCa({ name: "demo" });
  const server = await serve(() => ({ status: 200, body: {} }));
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  const api = directTransport({ ...accessTo(server.url), ca: other.certificate }, { connect: 2000, request: 5000 });
  const error = await failureOf(api.get("/version", {}));
  vi.unstubAllEnvs();
  expect(error.message).toMatch(/unable to verify|self.signed|certificate signature failure/);
  expect(server.seen).toEqual([]);
});
