import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ClusterCa } from "../../src/pki/ca.js";
import { issue } from "../pki/issue.js";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly contentType: string | undefined;
  readonly body: string;
  readonly client: string;
  readonly servername: string | false | null;
}

export type Handler = (seen: Seen) => { status: number; body: unknown } | "hang" | "drop" | "drip";

/** A small API server over TLS that requires client certificates of the CA and records its requests. */
export class ApiServer {
  readonly seen: Seen[] = [];
  readonly #server: Server;
  #handler: Handler;

  private constructor(server: Server, handler: Handler) {
    this.#server = server;
    this.#handler = handler;
  }

  static async start(ca: ClusterCa, handler: Handler, dns = ["api.demo.example.com"]): Promise<ApiServer> {
    const { certificate, key } = await issue(ca, { subject: "CN=kube-apiserver", dns });
    const server = createServer({ ca: ca.certificate, cert: certificate, key, requestCert: true });
    const api = new ApiServer(server, handler);
    server.on("request", (request, response) => void api.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return api;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  handle(handler: Handler): void {
    this.#handler = handler;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const socket = request.socket as TLSSocket & { servername?: string };
    const seen: Seen = {
      method: request.method ?? "",
      url: request.url ?? "",
      contentType: request.headers["content-type"],
      body: Buffer.concat(chunks).toString("utf8"),
      client: String(socket.getPeerCertificate().subject?.CN ?? ""),
      servername: socket.servername ?? null,
    };
    this.seen.push(seen);
    const answer = this.#handler(seen);
    if (answer === "hang") return;
    if (answer === "drip") {
      response.writeHead(200);
      const drops = setInterval(() => response.write(" "), 50);
      return void response.on("close", () => clearInterval(drops));
    }
    if (answer === "drop") return void request.socket.destroy();
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  }
}

/** A failure with the API's Status object. */
export function status(code: number, reason: string, message: string): { status: number; body: unknown } {
  return { status: code, body: { kind: "Status", apiVersion: "v1", status: "Failure", reason, message, code } };
}
