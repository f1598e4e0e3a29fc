import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { comesLater } from "../../src/kube/again-later.js";
import { directTransport } from "../../src/kube/direct-transport.js";
import { kubeApi, type KubeApi } from "../../src/kube/kube-api.js";
import type { KubeError } from "../../src/kube/kube-error.js";
import { createClusterCa } from "../../src/pki/ca.js";
import { issue } from "../pki/issue.js";
import { ApiServer, type Handler } from "./api-server.js";

let server: ApiServer;
/** The API with this limit of milliseconds for a request. */
let api: (request?: number) => KubeApi;
let answer: Handler;
beforeEach(async () => {
  const ca = await createClusterCa({ name: "demo" });
  const client = await issue(ca, { subject: "CN=kubernetes-admin" });
  server = await ApiServer.start(ca, (seen) => answer(seen));
  const access = { server: server.url, serverName: "api.demo.example.com", ca: ca.certificate, ...client };
  api = (request = 60_000) => kubeApi(directTransport(access, { connect: 5_000, request }));
});
afterEach(() => server.stop());

async function failureOf(action: Promise<unknown>): Promise<KubeError> {
  return (await action.then(
    () => undefined,
    (error: unknown) => error,
  )) as KubeError;
}

describe("of what the API says without end", () => {
  it("an answer is refused, in words and for good", async () => {
    answer = () => ({ status: 200, body: "x".repeat(64 * 1024 * 1024 + 1) });
    const error = await failureOf(api().get("/large"));
    expect(error.message).toBe(`GET ${server.url}/large: its answer is larger than 64 MiB (200 TooLarge)`);
    expect(comesLater(error)).toBe(false);
  });

  it("an answer that drips is given up", async () => {
    answer = () => "drip";
    const error = await failureOf(api(500).get("/slow"));
    expect(error.message).toBe(`GET ${server.url}/slow: no whole answer within 0.5 s (Unreachable)`);
  });

  it("a list is refused", async () => {
    answer = () => ({ status: 200, body: { items: [], metadata: { continue: "again" } } });
    const error = await failureOf(api().list("/api/v1/nodes"));
    expect(error.message).toBe("GET /api/v1/nodes: the list has more than 1000 pages (200 TooLarge)");
  });

  it.each([
    ["a long message", { message: "m".repeat(9_000) }, /: m{4000} \[cut: it has 9000 characters\] \(400\)$/],
    [
      "a long reason",
      { message: "no", reason: "R".repeat(900) },
      /: no \(400 R{100} \[cut: it has 900 characters\]\)$/,
    ],
    ["causes that are none", { message: "no", details: { causes: "x" } }, /: no \(400\)$/],
    ["causes of nothing", { message: "no", details: { causes: [null, { reason: 5 }] } }, /: no \(400\)$/],
  ])("%s is cut, or left out", async (_, body, message) => {
    answer = () => ({ status: 400, body });
    expect((await failureOf(api().get("/x"))).message).toMatch(message);
  });
});
