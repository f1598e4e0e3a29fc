import { once } from "node:events";
import { Agent } from "node:https";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { connectKube } from "../../src/kube/connect-kube.js";
import { directTransport, type DirectAccess } from "../../src/kube/direct-transport.js";
import { ForwardStream } from "../../src/kube/forward/forward-stream.js";
import type { KubeError } from "../../src/kube/kube-error.js";
import type { PodPort } from "../../src/kube/transport.js";
import { createClusterCa, type ClusterCa } from "../../src/pki/ca.js";
import type { RemoteHost } from "../../src/remote/remote-host.js";
import { FakeHost } from "../fakes/fake-host.js";
import { issue } from "../pki/issue.js";
import { FakeKubelet, type PodConnection } from "./fake-kubelet.js";

const MiB = 1024 * 1024;
const WEB: PodPort = { namespace: "kube-system", pod: "web-1", port: 4466 };
const WHAT = "forwarding port 4466 of pod kube-system/web-1";

let ca: ClusterCa;
let client: { certificate: string; key: string };
let kubelet: FakeKubelet;
/** What the pod does with a connection. */
let serve: (pod: PodConnection) => void;
beforeAll(async () => {
  ca = await createClusterCa({ name: "demo" });
  client = await issue(ca, { subject: "O=kubeadm:cluster-admins, CN=kubernetes-admin" });
});
beforeEach(async () => {
  serve = (pod) => (pod.onData = (data) => void pod.send(0, `<${data.toString()}>`));
  kubelet = await FakeKubelet.start(ca, { "kube-system/web-1:4466": (pod) => serve(pod) });
});
afterEach(() => kubelet.stop());

function access(port = kubelet.port): DirectAccess {
  return { server: `https://127.0.0.1:${port}`, serverName: "api.demo.example.com", ca: ca.certificate, ...client };
}

function open(to = WEB, how: { signal?: AbortSignal; request?: number } = {}): Promise<Duplex> {
  const transport = directTransport(access(), { connect: 5_000, request: how.request ?? 30_000 });
  return transport.forward(to, how.signal === undefined ? {} : { signal: how.signal });
}

async function pod(): Promise<PodConnection> {
  await expect.poll(() => kubelet.connections.length).toBeGreaterThan(0);
  return kubelet.connections.at(-1) as PodConnection;
}

/** All that comes, and the error behind it. */
async function readAll(stream: Duplex): Promise<{ text: string; error: Error | undefined }> {
  const chunks: Buffer[] = [];
  let error: Error | undefined;
  stream.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", (one) => (error = one));
  if (!stream.closed) await once(stream, "close").catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  return { text: Buffer.concat(chunks).toString(), error };
}

describe("a connection to a pod", () => {
  it("passes bytes on both ways, with our certificate, and its end is told", async () => {
    const stream = await open();
    stream.write("one");
    expect(String((await once(stream, "data"))[0])).toBe("<one>");
    stream.destroy();
    await once(stream, "close");
    const one = await pod();
    await expect.poll(() => one.ended).toBe(1000);
    const url = "/api/v1/namespaces/kube-system/pods/web-1/portforward?ports=4466";
    expect(kubelet.asked).toEqual([{ url, client: "kubernetes-admin", servername: "api.demo.example.com" }]);
  });

  it("ends when the pod ends, after all that it sent", async () => {
    serve = (one) => void one.send(0, "bye").then(() => one.socket.close(1000));
    const stream = await open();
    expect((await buffer(stream)).toString()).toBe("bye");
    expect(stream.errored).toBeNull();
    expect(stream.destroyed).toBe(true);
  });

  it("goes through a node where this computer does not reach the API", async () => {
    const node: RemoteHost = new FakeHost("master1");
    const opened: string[] = [];
    node.openPort = (address, port) => {
      opened.push(`${address}:${port}`);
      return Promise.resolve(connect(kubelet.port, "127.0.0.1"));
    };
    const kube = await connectKube({ direct: access(1), through: node });
    const [one, other] = await Promise.all([kube.forward(WEB), kube.forward(WEB)]);
    one.write("one");
    other.write("other");
    expect(String((await once(one, "data"))[0])).toBe("<one>");
    expect(String((await once(other, "data"))[0])).toBe("<other>");
    expect(opened).toEqual(["master1:1", "master1:1"]);
    expect(kubelet.asked[0]).toMatchObject({ client: "kubernetes-admin", servername: "api.demo.example.com" });
    kube.close();
    one.destroy();
    other.destroy();
  });

  it("that is half closed gets the rest of the answer, and ends when that is quiet", async () => {
    const socket = await plainSocket();
    const stream = new ForwardStream(socket, { what: WHAT, port: 4466, quiet: 300 });
    stream.end("question");
    const one = await pod();
    await expect.poll(() => one.text()).toBe("question");
    expect((await buffer(stream)).toString()).toBe("<question>");
    await expect.poll(() => one.ended).toBe(1000);
    expect(stream.errored).toBeNull();
  });

  it("ends also when the other side does not answer to that", async () => {
    const socket = await plainSocket();
    const stream = new ForwardStream(socket, { what: WHAT, port: 4466, grace: 100 });
    (await pod()).socket.pause();
    stream.destroy();
    await once(stream, "close");
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });
});

/** A WebSocket to the pod, as `openForward` makes it. */
async function plainSocket(): Promise<WebSocket> {
  const { server, serverName, certificate, key } = access();
  const agent = new Agent({ ca: ca.certificate, cert: certificate, key, servername: serverName ?? "" });
  const path = "/api/v1/namespaces/kube-system/pods/web-1/portforward?ports=4466";
  const socket = new WebSocket(`${server}${path}`, "v4.channel.k8s.io", { agent, perMessageDeflate: false });
  await once(socket, "open");
  return socket;
}

describe("much data", () => {
  it("comes only as fast as it is read", async () => {
    const all = 64 * MiB;
    let sent = 0;
    serve = (one) =>
      void (async () => {
        const chunk = Buffer.alloc(32 * 1024, "x");
        for (; sent < all; sent += chunk.length) await one.send(0, chunk);
        one.socket.close(1000);
      })();
    const stream = await open();
    let before = -1;
    await expect.poll(() => sent === before || ((before = sent), false), { interval: 300 }).toBe(true);
    expect(sent).toBeLessThan(all / 2);
    expect(stream.readableLength).toBeLessThan(8 * MiB);
    let read = 0;
    for await (const chunk of stream) read += (chunk as Buffer).length;
    expect(read).toBe(all);
  });

  it("goes only as fast as the pod takes it", async () => {
    serve = (one) => one.socket.pause();
    const stream = await open();
    const chunk = Buffer.alloc(64 * 1024, "y");
    let written = 0;
    for (let isOpen = true; isOpen && written < 64 * MiB; written += chunk.length) {
      if (stream.write(chunk)) continue;
      const drained = once(stream, "drain").then(() => true);
      isOpen = await Promise.race([drained, new Promise<false>((resolve) => setTimeout(resolve, 1_000, false))]);
    }
    expect(written).toBeLessThan(32 * MiB);
    const { socket, received } = await pod();
    socket.resume();
    await expect.poll(() => received.reduce((sum, one) => sum + one.length, 0)).toBe(written);
    stream.destroy();
  });
});

describe("a connection that fails", () => {
  it("says what the kubelet says, short and harmless, after the data that came before", async () => {
    serve = (one) => {
      void one.send(0, "half an answer");
      void one.send(1, `error forwarding\n port\u001b[2J 4466: \u202erefused ${"x".repeat(100_000)}`);
      void one.send(1, "more");
      one.socket.close(1000);
    };
    const { text, error } = await readAll(await open());
    expect(text).toBe("half an answer");
    expect(error?.message).toMatch(new RegExp(`^${WHAT}: error forwarding port\\[2J 4466: refused x+$`));
    expect(error?.message.length).toBeLessThan(600);
  });

  it("says so when it is cut", async () => {
    serve = (one) => void one.send(0, "some").then(() => one.socket.terminate());
    const { text, error } = await readAll(await open());
    expect([text, error?.message]).toEqual(["some", `${WHAT}: the connection was cut (Unreachable)`]);
  });

  it.each<[string, (one: PodConnection) => unknown, string]>([
    ["an unusual end", (one) => one.socket.close(1011, "out\u0007 of luck"), "ended with code 1011: out of luck"],
    ["text", (one) => one.socket.send("hello"), "the server sent a message of no channel that we know"],
    ["an unknown channel", (one) => one.send(7, "x"), "the server sent a message of no channel that we know"],
    ["an empty message", (one) => one.socket.send(Buffer.alloc(0)), "the server sent a message of no channel"],
    ["a huge message", (one) => one.send(0, Buffer.alloc(5 * MiB)), "Max payload size exceeded"],
    ["an error without words", (one) => one.send(1, "\n").then(() => one.socket.close()), "no reason given"],
  ])("says so after %s", async (_, act, said) => {
    serve = (one) => void act(one);
    const { error } = await readAll(await open());
    expect(error?.message).toContain(said);
  });

  it.each([
    ["another port", [0, 1, 2]],
    ["no port", [0]],
    ["too much", [0, 114, 17, 1]],
  ])("refuses a channel that begins with %s", async (_, message) => {
    kubelet.begins = false;
    serve = (one) => one.socket.send(Buffer.from(message));
    const { error } = await readAll(await open());
    expect(error?.message).toBe(`${WHAT}: the server sent a channel that does not begin with our port`);
  });
});

describe("an opening that fails", () => {
  it("has the API's words and status", async () => {
    const gone = open({ ...WEB, pod: "web-2" });
    await expect(gone).rejects.toThrow('of pod kube-system/web-2: pods "web-2" not found (404 NotFound)');
    expect(((await gone.catch((error: unknown) => error)) as KubeError).status).toBe(404);
  });

  it.each([
    [500, "kubelet\u001b[1m is away", "kubelet[1m is away (500)"],
    [302, "", "the API refused (302)"],
    [403, "x".repeat(1_000_000), /x+.*\(403\)$/],
  ])("with %d says so, harmlessly", async (status, body, said) => {
    kubelet.refusal = { status, body };
    const error = (await open().catch((one: unknown) => one)) as KubeError;
    expect(error.message).toMatch(said);
    expect(error.status).toBe(status);
    expect(error.message.length).toBeLessThan(5_000);
  });

  it("gives up on a server that never answers", async () => {
    kubelet.refusal = "hang";
    await expect(open(WEB, { request: 300 })).rejects.toThrow(`${WHAT}: no answer within 0.3 s (Unreachable)`);
  });

  it("ends at once on abort", async () => {
    kubelet.refusal = "hang";
    const asked = new AbortController();
    const opening = open(WEB, { signal: asked.signal });
    await expect.poll(() => kubelet.asked.length).toBe(1);
    asked.abort(new Error("stop"));
    await expect(opening).rejects.toThrow("stop");
    await expect(open(WEB, { signal: asked.signal })).rejects.toThrow("stop");
  });

  it.each<[string, () => void, string]>([
    ["drops us", () => (kubelet.refusal = "drop"), "(Unreachable)"],
    ["agrees to no protocol", () => (kubelet.protocol = false), "Server sent no subprotocol"],
    [
      "agrees to another protocol",
      () => (kubelet.protocol = "v5.channel.k8s.io"),
      "Server sent an invalid subprotocol",
    ],
  ])("because the server %s", async (_, change, said) => {
    change();
    await expect(open()).rejects.toThrow(said);
  });

  it("because the server is of another CA", async () => {
    const other = await createClusterCa({ name: "other" });
    const wrong = { ...access(), ca: other.certificate };
    const opening = directTransport(wrong, { connect: 5_000, request: 5_000 }).forward(WEB, {});
    await expect(opening).rejects.toThrow(/unable to verify|self.signed|certificate signature failure/);
    expect(kubelet.asked).toEqual([]);
  });
});
