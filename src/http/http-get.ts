import type * as Http from "node:http";
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type * as Https from "node:https";
import { isIP, type Socket } from "node:net";
import type * as Tls from "node:tls";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { proxyFor, type Environment } from "./proxy.js";
import { withoutPassword } from "../base/hide-logins.js";

export interface HttpOptions {
  readonly signal: AbortSignal;
  /** Holds `http_proxy`, `no_proxy` and the like. */
  readonly env: Environment;
  /** Milliseconds without a single byte after which a connection counts as stalled. */
  readonly stall: number;
  /** PEM of the CAs of `spec.proxy.ca`, trusted besides the usual ones. */
  readonly ca?: string | undefined;
  /** Hints for the user, besides the general ones of this file. */
  readonly hints?: HttpHints;
}

export interface HttpHints {
  /** When the server cannot be reached now. */
  readonly unreachable: readonly string[];
  /** When the server refuses. */
  readonly refused: readonly string[];
}

/** The part of a file that is still to come. */
export interface Rest {
  /** Bytes that are here already; at least 1. */
  readonly from: number;
  /** The strong ETag of the file that they are of. */
  readonly version: string;
}

/** The network, a proxy or the server prevents the download now; a later attempt may succeed. */
export class Unreachable extends AlpineK8sError {}

// Loaded when something is fetched. An import of node:http costs as much as starting Node: it asks for all that the module
// exports, and one of its getters loads undici for its WebSocket.
const http = (): typeof Http => process.getBuiltinModule("node:http");
const https = (): typeof Https => process.getBuiltinModule("node:https");
const tls = (): typeof Tls => process.getBuiltinModule("node:tls");

/** A download site usually redirects once or twice, to a mirror. */
const MOST_REDIRECTS = 5;
/** Else NODE_TLS_REJECT_UNAUTHORIZED in the environment would decide. */
const VERIFIED = { rejectUnauthorized: true };
const NETWORK_HINT = "check the network of this computer; behind a proxy set https_proxy (and no_proxy)";
/** The same user is taken in http_proxy. */
const WANTS_USER = "it wants a user: https_proxy=http://USER:PASSWORD@HOST:PORT";

/**
 * Gets a URL, through the environment's proxy if it names one, and returns the response with its body unread. Follows
 * redirects, but never from https to http. With `rest` the answer has status 206 and begins there, or is the whole file
 * with status 200, where the server has another version or sends no parts. Throws `prerequisite` when the server cannot
 * be reached, stalls or answers 429 or 5xx, `node` when it refuses or its certificate is not trusted.
 */
export async function httpGet(url: string, options: HttpOptions, rest?: Rest): Promise<IncomingMessage> {
  let at = new URL(url);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const response = await getOnce(at, options, rest);
    const status = response.statusCode ?? 0;
    if (status === 200 || (rest && status === 206 && beginsAt(response, rest.from))) return response;
    response.destroy();
    // A part that was not asked for, or none: the file has another size by now.
    if (rest && (status === 206 || status === 416)) return httpGet(url, options);
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) throw refusal(at, status, options);
    at = followed(at, location, options);
  }
  throw refused(url, `it redirects more than ${MOST_REDIRECTS} times`, options);
}

function beginsAt({ headers }: IncomingMessage, from: number): boolean {
  return headers["content-range"]?.startsWith(`bytes ${from}-`) === true;
}

function followed(at: URL, location: string, options: HttpOptions): URL {
  const next = URL.canParse(location, at.href) ? new URL(location, at) : undefined;
  if (next && (next.protocol === "https:" || next.protocol === at.protocol)) return next;
  throw refused(at.href, "it redirects away from https", options);
}

async function getOnce(url: URL, options: HttpOptions, rest: Rest | undefined): Promise<IncomingMessage> {
  const proxy = proxyFor(url, options.env);
  const part = rest === undefined ? {} : { range: `bytes=${rest.from}-`, "if-range": rest.version };
  if (proxy === undefined) return send(url, url, { headers: part }, options);
  if (url.protocol === "http:") {
    return send(
      url,
      proxy,
      { path: url.href, headers: { ...part, host: url.host, ...authorization("proxy-authorization", proxy) } },
      options,
    );
  }
  const socket = await openTunnel(url, proxy, options);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const createConnection = (): Socket => tls().connect({ socket, host, ...servername, ...trust(options), ...VERIFIED });
  // Without an agent the port that goes without saying would be 80, and the Host header would name it.
  return send(url, url, { createConnection, defaultPort: 443, headers: part }, options);
}

/** A connection through the proxy to the URL's host, by CONNECT. */
async function openTunnel(url: URL, proxy: URL, options: HttpOptions): Promise<Socket> {
  const target = `${url.hostname}:${url.port === "" ? "443" : url.port}`;
  const headers = { host: target, ...authorization("proxy-authorization", proxy) };
  const { socket, status } = await new Promise<{ socket: Socket; status: number }>((resolve, reject) => {
    const request = requestTo(proxy, { method: "CONNECT", path: target, headers }, options);
    request.on("connect", (response, connected) => resolve({ socket: connected, status: response.statusCode ?? 0 }));
    request.on("response", (response) => resolve({ socket: response.socket, status: response.statusCode ?? 0 }));
    request.on("error", (error) => reject(failureOf(url, error, options, proxy)));
    request.end();
  });
  if (status === 200) return socket;
  socket.destroy();
  // Some answer a wrong login with 401.
  const advice = status === 407 || status === 401 ? ` (${WANTS_USER})` : "";
  throw unreachable(url, `the proxy ${proxy.host} answered ${status}${advice}`, options);
}

function send(url: URL, to: URL, changes: RequestOptions, options: HttpOptions): Promise<IncomingMessage> {
  const headers = { "user-agent": "alpine-k8s", "accept-encoding": "identity", ...authorization("authorization", url) };
  return new Promise((resolve, reject) => {
    const request = requestTo(to, { ...changes, method: "GET", headers: { ...headers, ...changes.headers } }, options);
    request.on("response", resolve);
    request.on("error", (error) => reject(failureOf(url, error, options, to === url ? undefined : to)));
    request.end();
  });
}

function requestTo(to: URL, changes: RequestOptions, options: HttpOptions): ClientRequest {
  const { signal, stall } = options;
  const send = (to.protocol === "https:" ? https() : http()).request;
  const request = send(new URL(to.origin), {
    ...(changes.path === undefined ? { path: `${to.pathname}${to.search}` } : {}),
    ...trust(options),
    ...VERIFIED,
    // An agent, a new one too, makes its own connection and leaves the tunnel's alone.
    ...(changes.createConnection === undefined ? { agent: false } : {}),
    signal,
    timeout: stall,
    ...changes,
  });
  // The `timeout` option covers connecting; this covers the time after that, also on a socket that was passed in.
  request.setTimeout(stall);
  let response: IncomingMessage | undefined;
  request.on("response", (began) => (response = began));
  // A server that drips never stalls; the body has a least speed of its own.
  const begin = setTimeout(
    () => request.destroy(new Error(`no answer began within ${(3 * stall) / 1000} s`)),
    3 * stall,
  );
  for (const event of ["response", "connect", "close"]) request.on(event, () => clearTimeout(begin));
  request.on("timeout", () => (response ?? request).destroy(new Error(`nothing came for ${stall / 1000} s`)));
  return request;
}

/** Given alone, `ca` would replace the usual ones, those of NODE_EXTRA_CA_CERTS among them. */
function trust({ ca }: HttpOptions): { readonly ca?: string[] } {
  return ca === undefined ? {} : { ca: [...tls().getCACertificates("default"), ca] };
}

function authorization(header: string, { username, password }: URL): Record<string, string> {
  if (username === "") return {};
  const credentials = `${decoded(username)}:${decoded(password)}`;
  return { [header]: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

/** Passwords are often pasted unescaped: one with a stray percent sign is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The error for a failed or broken connection; after an abort the signal's reason. Keeps an AlpineK8sError. */
export function failureOf(url: URL, error: unknown, options: HttpOptions, proxy?: URL): Error {
  if (options.signal.aborted) return options.signal.reason as Error;
  if (error instanceof AlpineK8sError) return error;
  if (isUntrusted(error)) {
    return new AlpineK8sError("node", `${withoutPassword(url.href)} is not trusted: ${ownWords(error)}`, {
      hints: untrustedHints(options),
      cause: error,
    });
  }
  const by = proxy === undefined ? "" : ` by the proxy ${proxy.host}`;
  return unreachable(url, `${causeOf(error)}${by}`, options, error);
}

function untrustedHints({ ca }: HttpOptions): readonly string[] {
  const alone = "or on this computer alone: NODE_EXTRA_CA_CERTS=/path/to/ca.pem";
  if (ca !== undefined) return ["spec.proxy.ca in alpine-k8s.yaml names another CA than the one that signed it", alone];
  return ["where a proxy of your company renews certificates, name its CA in alpine-k8s.yaml: spec.proxy.ca", alone];
}

/** Node's message without its advice, which is about its own command line. */
function ownWords(error: unknown): string {
  return messageOf(error).replace(/; if the root CA is installed locally.*$/s, "");
}

/** Matches the codes of OpenSSL's verification and of Node's check of the host name. */
function isUntrusted(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return /CERT|^ERR_TLS|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH/.test(code);
}

/** When several addresses fail, Node's error has no message of its own and holds one error for each address. */
function causeOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join(", ");
  return messageOf(error);
}

function unreachable(url: URL, why: string, { hints }: HttpOptions, cause?: unknown): Unreachable {
  return new Unreachable("prerequisite", `cannot download ${withoutPassword(url.href)}: ${why}`, {
    hints: [NETWORK_HINT, ...(hints?.unreachable ?? [])],
    cause,
  });
}

function refusal(url: URL, status: number, options: HttpOptions): AlpineK8sError {
  if (status === 407) return unreachable(url, `the proxy answered 407 (${WANTS_USER})`, options);
  if (status >= 500 || status === 429) return unreachable(url, `the server answered ${status}`, options);
  const missing = status === 404 ? "it is not there (404)" : `the server answered ${status}`;
  return refused(url.href, missing, options);
}

function refused(url: string, why: string, { hints }: HttpOptions): AlpineK8sError {
  return new AlpineK8sError("node", `cannot use ${withoutPassword(url)}: ${why}`, { hints: hints?.refused ?? [] });
}
