import { createHash } from "node:crypto";
import { createServer as createHttp, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { rememberSum } from "../../src/kubectl/verified-sum.js";

/** A shell script that answers like `kubectl version --client -o json`, and otherwise prints how it was called. */
export function fakeKubectl(version: string, rest = 'echo "$@"'): string {
  const answer = JSON.stringify({ clientVersion: { gitVersion: version } });
  return `#!/bin/sh\nif [ "$1 $2" = "version --client" ]; then echo '${answer}'; exit 0; fi\n${rest}\n`;
}

export async function putProgram(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
}

/** A kubectl in the cluster folder as a verified download leaves it. */
export async function putVerified(folder: string, text: string): Promise<void> {
  await putProgram(join(folder, "kubectl"), text);
  await rememberSum(folder, createHash("sha256").update(text).digest("hex"));
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Local {
  readonly url: string;
  /** Method and path of every request, in order. */
  readonly seen: string[];
}

/** A server on loopback that ends with the test. A function answers itself, a text is the body, a number the status. */
export async function serve(
  answers: Record<string, Answer | string | number>,
  tls?: { certificate: string; key: string },
): Promise<Local> {
  const seen: string[] = [];
  const handle: Answer = (incoming, response) => {
    seen.push(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
    const answer = answers[incoming.url ?? ""] ?? 404;
    if (typeof answer === "function") return answer(incoming, response);
    if (typeof answer === "number") return void response.writeHead(answer).end();
    response.end(answer);
  };
  const server = tls ? createHttps({ cert: tls.certificate, key: tls.key }, handle) : createHttp(handle);
  const port = await listen(server);
  return { url: `${tls ? "https" : "http"}://127.0.0.1:${port}`, seen };
}

/** The answers of a mirror with this kubectl for linux on amd64. */
export function release(version: string, body: string): Record<string, string> {
  const path = `/release/${version}/bin/linux/amd64/kubectl`;
  return { [path]: body, [`${path}.sha256`]: createHash("sha256").update(body).digest("hex") };
}

/** A name that only {@link serveProxy} knows: an answer from there has come through the proxy. */
export const BEHIND_PROXY = "behind-proxy.test";

/**
 * A proxy for plain requests and CONNECT; with `user` it refuses requests without that login. `behind` is the server
 * that it knows as {@link BEHIND_PROXY}, whatever the port.
 */
export async function serveProxy(user?: string, behind?: Local): Promise<Local> {
  const seen: string[] = [];
  const allowed = (incoming: IncomingMessage): boolean => {
    seen.push(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
    const wanted = `Basic ${Buffer.from(user ?? "").toString("base64")}`;
    return user === undefined || incoming.headers["proxy-authorization"] === wanted;
  };
  const proxy = createHttp((incoming, response) => {
    if (!allowed(incoming)) return void response.writeHead(407).end();
    const onward = request(incoming.url ?? "", { headers: { host: incoming.headers.host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.writeHead(502).end());
    onward.end();
  });
  proxy.on("connect", (incoming, client: Socket) => {
    if (!allowed(incoming)) return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const { hostname, port } =
      behind && incoming.url?.startsWith(BEHIND_PROXY) ? new URL(behind.url) : new URL(`tcp://${incoming.url ?? ""}`);
    const target = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(client);
      client.pipe(target);
    });
    target.on("error", () => client.destroy());
    client.on("error", () => target.destroy());
  });
  return { url: `http://127.0.0.1:${await listen(proxy)}`, seen };
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A loopback port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createHttp();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
