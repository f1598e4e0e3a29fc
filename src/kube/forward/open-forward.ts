import type { IncomingMessage } from "node:http";
import type { Agent } from "node:https";
import type { Duplex } from "node:stream";
import { messageOf } from "../../base/errors.js";
import { printable } from "../../base/printable.js";
import { errorFromAnswer, unreachable } from "../kube-error.js";
import type { PodPort, RequestOptions } from "../transport.js";
import { ForwardStream } from "./forward-stream.js";

/** How the API is reached. */
export interface ForwardWay {
  /** URL of the API server. */
  readonly base: URL;
  /** Has our certificate and the cluster's CA. */
  readonly agent: Agent;
  /** Milliseconds until the kubelet has agreed: the API server asks it first. */
  readonly timeout: number;
}

const PROTOCOL = "v4.channel.k8s.io";

/** Bytes of one message: kubelets send 32 KiB. */
const LARGEST = 4 * 1024 * 1024;

/** Bytes of an answer that refuses. */
const LONGEST_REFUSAL = 64 * 1024;

/**
 * Opens a TCP connection to a port of a pod by the pod's subresource `portforward`, over one WebSocket. Resolves when
 * the kubelet has agreed; whether somebody listens at the port shows in the stream, see {@link ForwardStream}. Throws a
 * KubeError with the API's own words when it refuses, one with status 0 when no answer comes within the limit, and the
 * signal's reason on abort. The stream is the caller's to end.
 */
export async function openForward(way: ForwardWay, to: PodPort, { signal }: RequestOptions): Promise<Duplex> {
  const { WebSocket } = await import("ws");
  const what = `forwarding port ${to.port} of pod ${to.namespace}/${to.pod}`;
  const { timeout, agent } = way;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // Kubernetes knows no compression of WebSockets.
    const options = { agent, perMessageDeflate: false, maxPayload: LARGEST };
    const socket = new WebSocket(urlOf(way.base, to), PROTOCOL, options);
    let isSettled = false;
    const settle = (): boolean => {
      if (isSettled) return false;
      isSettled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      return true;
    };
    const fail = (error: Error): void => {
      if (!settle()) return;
      // What it says of its end is no news.
      socket.on("error", () => undefined);
      socket.terminate();
      reject(error);
    };
    const onAbort = (): void => fail(signal?.reason as Error);
    const timer = setTimeout(() => fail(unreachable(what, `no answer within ${timeout / 1000} s`)), timeout);
    signal?.addEventListener("abort", onAbort);
    socket.on("error", (error) => fail(unreachable(what, messageOf(error), error)));
    socket.on("unexpected-response", (_, response) => {
      readRefusal(response).then((body) => fail(errorFromAnswer(what, response.statusCode ?? 0, body)), fail);
    });
    socket.on("open", () => {
      if (settle()) resolve(new ForwardStream(socket, { what, port: to.port }));
    });
  });
}

function urlOf(base: URL, { namespace, pod, port }: PodPort): URL {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/portforward`;
  return new URL(`${path}?ports=${port}`, base);
}

/** The beginning of the answer's text. */
async function readRefusal(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= LONGEST_REFUSAL) break;
  }
  return printable(Buffer.concat(chunks).toString("utf8", 0, LONGEST_REFUSAL));
}
