import { createServer, type Server } from "node:https";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { WebSocketServer, type WebSocket } from "ws";
import type { PodPort } from "../../src/kube/transport.js";
import type { ClusterCa } from "../../src/pki/ca.js";
import { issue } from "../pki/issue.js";

const PROTOCOL = "v4.channel.k8s.io";

/** One connection as a kubelet has it. */
export class PodConnection {
  /** What the client has sent on the data channel. */
  readonly received: Buffer[] = [];
  /** With which code the client ended it. */
  ended: number | undefined;
  /** Called with each message. */
  onData: (data: Buffer) => void = () => undefined;

  constructor(readonly socket: WebSocket) {
    socket.on("message", (message, isBinary) => {
      const data = message as Buffer;
      // The kubelet takes nothing on the error channel.
      if (!isBinary || data[0] !== 0) throw new Error(`a client does not send ${data.toString("hex")}`);
      this.received.push(data.subarray(1));
      this.onData(data.subarray(1));
    });
    socket.on("error", () => undefined);
    socket.on("close", (code) => (this.ended = code));
  }

  /** Sends on a channel: 0 has the data, 1 errors. Resolves when it has left. */
  send(channel: number, content: string | Buffer): Promise<void> {
    const message = Buffer.concat([Buffer.of(channel), Buffer.from(content)]);
    return new Promise((resolve) => this.socket.send(message, { binary: true }, () => resolve()));
  }

  /** As the kubelet begins each channel. */
  begin(port: number): void {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(port);
    void this.send(0, bytes);
    void this.send(1, bytes);
  }

  text(): string {
    return Buffer.concat(this.received).toString();
  }
}

export interface Asked {
  readonly url: string;
  readonly client: string;
  readonly servername: unknown;
}

type Refusal = { readonly status: number; readonly body: string } | "hang" | "drop";

/**
 * The API server in front of a kubelet, as far as port-forward goes, over TLS with client certificates. It knows the pods
 * that tests give it, and refuses all else as the API does.
 */
export class FakeKubelet {
  readonly asked: Asked[] = [];
  readonly connections: PodConnection[] = [];
  /** What happens instead of an agreement. */
  refusal: Refusal | undefined;
  /** The protocol that it agrees to. */
  protocol: string | false = PROTOCOL;
  /** Whether each connection begins as it should. */
  begins = true;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => this.protocol });

  private constructor(
    server: Server,
    readonly pods: Map<string, (pod: PodConnection) => void>,
  ) {
    this.#server = server;
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** `pods`: what each does with a connection, by `NAMESPACE/POD:PORT`. */
  static async start(ca: ClusterCa, pods: Record<string, (pod: PodConnection) => void>): Promise<FakeKubelet> {
    const { certificate, key } = await issue(ca, { subject: "CN=kube-apiserver", dns: ["api.demo.example.com"] });
    const server = createServer({ ca: ca.certificate, cert: certificate, key, requestCert: true });
    const kubelet = new FakeKubelet(server, new Map(Object.entries(pods)));
    server.on("request", (request, response) => {
      response.writeHead(request.url === "/readyz" ? 200 : 400).end("ok");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return kubelet;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.connections) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.asked.push(askedBy(request));
    socket.on("error", () => undefined);
    if (this.refusal === "hang") return;
    if (this.refusal === "drop") return void socket.destroy();
    if (this.refusal !== undefined) return answer(socket, this.refusal.status, this.refusal.body);
    const to = forwardIn(request);
    if (typeof to === "string") return answer(socket, 400, to);
    const serve = this.pods.get(`${to.namespace}/${to.pod}:${to.port}`);
    if (serve === undefined) return answer(socket, 404, notFound(to.pod));
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      const connection = new PodConnection(opened);
      this.connections.push(connection);
      if (this.begins) connection.begin(to.port);
      serve(connection);
    });
  }
}

function askedBy({ url = "", socket }: IncomingMessage): Asked {
  const tls = socket as TLSSocket & { servername?: unknown };
  return { url, client: String(tls.getPeerCertificate().subject?.CN ?? ""), servername: tls.servername };
}

const PATH = /^\/api\/v1\/namespaces\/([a-z-]+)\/pods\/([a-z0-9-]+)\/portforward\?ports=(\d+)$/;

/** The port that is asked for, or why the kubelet refuses the request. */
function forwardIn({ url = "", headers }: IncomingMessage): PodPort | string {
  if (headers["sec-websocket-protocol"] !== PROTOCOL) return "unknown protocol";
  if (headers["sec-websocket-extensions"] !== undefined) return "unknown extensions";
  const [, namespace, pod, port] = PATH.exec(url) ?? [];
  if (namespace === undefined || pod === undefined) return "unknown path";
  return { namespace, pod, port: Number(port) };
}

function answer(socket: Duplex, status: number, body: string): void {
  socket.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function notFound(pod: string): string {
  return JSON.stringify({ kind: "Status", status: "Failure", reason: "NotFound", message: `pods "${pod}" not found` });
}
