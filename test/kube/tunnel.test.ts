import { connect, createServer, type AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectKube } from "../../src/kube/connect-kube.js";
import type { DirectAccess } from "../../src/kube/direct-transport.js";
import type { KubeApi } from "../../src/kube/kube-api.js";
import { createClusterCa, type ClusterCa } from "../../src/pki/ca.js";
import type { RemoteHost } from "../../src/remote/remote-host.js";
import { FakeHost } from "../fakes/fake-host.js";
import { issue } from "../pki/issue.js";
import { ApiServer, status, type Handler } from "./api-server.js";

let ca: ClusterCa;
let access: DirectAccess;
let server: ApiServer;
let opened: string[];
beforeAll(async () => {
  ca = await createClusterCa({ name: "demo" });
  const client = await issue(ca, { subject: "O=kubeadm:cluster-admins, CN=kubernetes-admin" });
  access = { server: "https://127.0.0.1:1", serverName: "api.demo.example.com", ca: ca.certificate, ...client };
});
beforeEach(() => {
  opened = [];
});
afterEach(() => server.stop());

async function through(handler: Handler, issuer = ca): Promise<RemoteHost> {
  server = await ApiServer.start(issuer, handler);
  return nodeTo(() => connect(Number(new URL(server.url).port), "127.0.0.1"));
}

/** A node that reaches the API, which this computer does not. */
function nodeTo(open: () => Duplex): RemoteHost {
  const node: RemoteHost = new FakeHost("master1");
  node.openPort = (address, port) => {
    opened.push(`${address}:${port}`);
    return Promise.resolve(open());
  };
  return node;
}

const reach = (node: RemoteHost): Promise<KubeApi> => connectKube({ direct: access, through: node });

describe("the API through a node", () => {
  it("is asked at the master's own name, with our certificate, and its certificate is checked here", async () => {
    const kube = await reach(await through(() => ({ status: 200, body: { kind: "Node", metadata: { name: "a" } } })));
    expect([kube.via, kube.description]).toEqual(["node", "https://127.0.0.1:1 through master1"]);
    expect(kube.whyNotDirect).toContain("ECONNREFUSED");
    expect(await kube.get("/api/v1/nodes/a")).toMatchObject({ metadata: { name: "a" } });
    expect(server.seen).toMatchObject([{ client: "kubernetes-admin", servername: "api.demo.example.com" }]);
    expect(opened).toEqual(["master1:1"]);
    kube.close();
  });

  it("keeps its connection for the next request, and takes large answers", async () => {
    const items = Array.from({ length: 200 }, (_, n) => ({ metadata: { name: `n${n}` }, filler: "x".repeat(10_000) }));
    const kube = await reach(await through(() => ({ status: 200, body: { items } })));
    expect(await kube.list("/api/v1/nodes")).toHaveLength(200);
    expect(await kube.list("/api/v1/pods")).toHaveLength(200);
    expect(opened).toHaveLength(1);
    kube.close();
  });

  it("opens few connections at once: an sshd takes ten sessions a connection, and ours runs commands, too", async () => {
    const node = await through(() => ({ status: 200, body: { items: [] } }));
    const kube = await reach(node);
    const asked = await Promise.all(Array.from({ length: 20 }, (_, n) => kube.list(`/api/v1/namespaces/n${n}/pods`)));
    expect(asked).toHaveLength(20);
    expect(opened.length).toBeLessThanOrEqual(4);
    kube.close();
  });

  it("refuses a server of another CA, whoever sits in between", async () => {
    const other = await createClusterCa({ name: "other" });
    const kube = await reach(await through(() => ({ status: 200, body: {} }), other));
    await expect(kube.get("/version")).rejects.toThrow(/unable to verify|self.signed|certificate signature failure/);
    expect(server.seen).toEqual([]);
    kube.close();
  });

  it("says what the node said when it said so at once", async () => {
    await through(() => ({ status: 200, body: {} }));
    const refused = new Error("master1: nc: Connection refused");
    const kube = await reach(
      nodeTo(() => new Duplex({ read: () => undefined }).on("error", () => undefined).destroy(refused)),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(await kube.readyz()).toContain("master1: nc: Connection refused");
    kube.close();
  });

  it("says what the node said when it does not reach the API either", async () => {
    await through(() => ({ status: 200, body: {} }));
    const closing = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => closing.listen(0, "127.0.0.1", resolve));
    const kube = await reach(nodeTo(() => connect((closing.address() as AddressInfo).port, "127.0.0.1")));
    expect(await kube.readyz()).toMatch(/ECONNRESET|disconnected|socket hang up/);
    kube.close();
    closing.close();
  });
});

it("an API that is reached and does not take our certificate is no reason to go another way", async () => {
  const node = await through(() => status(401, "Unauthorized", "Unauthorized"));
  const direct = { ...access, server: server.url };
  await expect(connectKube({ direct, through: node })).rejects.toThrow("(401 Unauthorized)");
  expect(opened).toEqual([]);
});
