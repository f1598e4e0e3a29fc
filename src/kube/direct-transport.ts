import { Agent, request } from "node:https";
import type { IncomingMessage } from "node:http";
import { openForward } from "./forward/open-forward.js";
import { limitConcurrency } from "./limit-concurrency.js";
import { TunnelAgent, type OpenStream } from "./tunnel-agent.js";
import { messageOf } from "../base/errors.js";
import { ApiPaths } from "./api-paths.js";
import { applyObject } from "./apply/apply-object.js";
import { KubeError, unreachable } from "./kube-error.js";
import type { Answer, KubeTransport, RequestOptions } from "./transport.js";

/** An API server and our credentials for it; certificates and key are PEM. */
export interface DirectAccess {
  readonly server: string;
  /** Name that the server's certificate must carry, whatever its address; also sent as SNI. */
  readonly serverName?: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export interface Limits {
  /** Milliseconds for connecting including TLS. */
  readonly connect: number;
  /** Milliseconds for one whole request. */
  readonly request: number;
}

/** Bytes of one answer; a page of the largest definitions of custom resources has some twenty million. */
const LARGEST = 64 * 1024 * 1024;

/** A way to the API server for computers that do not reach it themselves. */
export interface Tunnel {
  /** Where the connection starts, for messages: "through master1". */
  readonly description: string;
  readonly open: OpenStream;
}

/**
 * Concurrent requests through a node: each takes one of the ten ssh sessions that sshd allows per connection
 * (MaxSessions), and commands need some, too. An agent's own limit does not count connections that are being opened.
 */
const MOST_THROUGH_A_NODE = 4;

const CONTENT_TYPES = { POST: "application/json", PATCH: "application/merge-patch+json" } as const;

interface Call extends RequestOptions {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

/**
 * The API over https with a client certificate. The server's certificate must be signed by the cluster CA and carry the
 * name; this cannot be switched off, and a tunnel sees only encrypted data. Idle connections are kept for reuse and do
 * not keep the process running.
 */
export function directTransport(access: DirectAccess, limits: Limits, tunnel?: Tunnel): KubeTransport {
  const base = new URL(access.server);
  const options = {
    // Else NODE_TLS_REJECT_UNAUTHORIZED in the environment would decide.
    rejectUnauthorized: true,
    ca: access.ca,
    cert: access.certificate,
    key: access.key,
    ...(access.serverName === undefined ? {} : { servername: access.serverName }),
  };
  const agentWith = (keepAlive: boolean): Agent => {
    const all = { ...options, keepAlive };
    return tunnel === undefined ? new Agent(all) : new TunnelAgent(all, tunnel.open);
  };
  const agent = agentWith(true);
  // A connection that becomes a WebSocket is a new one: a kept one may be closed just then.
  const forwarding = { base, agent: agentWith(false), timeout: limits.request };
  const ask = async (options: Call): Promise<Answer> => {
    try {
      return await exchange(agent, base, options, limits);
    } catch (error) {
      // The server may close a kept connection just as it is used again; each of our requests may be repeated.
      if (isStaleConnection(error)) return exchange(agent, base, options, limits);
      throw error;
    }
  };
  const call = tunnel === undefined ? ask : limitConcurrency(MOST_THROUGH_A_NODE, ask);
  const paths = new ApiPaths(async (path, options) => call({ method: "GET", path, ...options }));
  return {
    via: tunnel === undefined ? "direct" : "node",
    description: tunnel === undefined ? access.server : `${access.server} ${tunnel.description}`,
    get: (path, options) => call({ method: "GET", path, ...options }),
    delete: (path, options) => call({ method: "DELETE", path, ...options }),
    send: (method, path, document, options) =>
      call({ method, path, body: JSON.stringify(document), contentType: CONTENT_TYPES[method], ...options }),
    apply: async (objects, fieldManager, options) => {
      const answers: Answer[] = [];
      for (const object of objects)
        answers.push(await applyObject({ send: call, paths }, object, { fieldManager, ...options }));
      return answers;
    },
    forward: (to, options) => openForward(forwarding, to, options),
    close: () => agent.destroy(),
  };
}

function exchange(agent: Agent, base: URL, call: Call, limits: Limits): Promise<Answer> {
  const what = `${call.method} ${base.origin}${call.path}`;
  return new Promise<Answer>((resolve, reject) => {
    let settled = false;
    const outgoing = request(new URL(call.path, base), {
      agent,
      method: call.method,
      ...(call.signal ? { signal: call.signal } : {}),
      headers: {
        accept: "application/json",
        ...(call.contentType === undefined ? {} : { "content-type": call.contentType }),
      },
    });
    const whole = setTimeout(() => fail(tooSlow("no whole answer", limits.request)), limits.request);
    const connecting = setTimeout(() => fail(tooSlow("no connection", limits.connect)), limits.connect);
    const settle = (): void => {
      settled = true;
      clearTimeout(whole);
      clearTimeout(connecting);
    };
    const fail = (error: unknown): void => {
      if (settled) return;
      settle();
      outgoing.destroy();
      if (call.signal?.aborted === true) reject(call.signal.reason as Error);
      else reject(error instanceof KubeError ? error : unreachable(what, messageOf(error), error));
    };
    outgoing.on("socket", (socket) => {
      if (outgoing.reusedSocket) clearTimeout(connecting);
      else socket.once("secureConnect", () => clearTimeout(connecting));
    });
    outgoing.on("error", fail);
    outgoing.on("response", (response) => {
      readAll(what, response).then((body) => {
        settle();
        resolve({ status: response.statusCode ?? 0, body });
      }, fail);
    });
    outgoing.end(call.body);
  });
}

async function readAll(what: string, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > LARGEST) throw tooLarge(what, response.statusCode ?? 0);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** An answer, and no failure to get one: the same would come by another way. */
function tooLarge(what: string, status: number): KubeError {
  return new KubeError(what, status, "TooLarge", `its answer is larger than ${LARGEST / 1024 / 1024} MiB`);
}

function tooSlow(what: string, milliseconds: number): Error {
  return new Error(`${what} within ${milliseconds / 1000} s`);
}

function isStaleConnection(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return code === "ECONNRESET" || code === "EPIPE";
}
