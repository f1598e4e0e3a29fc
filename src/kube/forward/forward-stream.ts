import { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { messageOf } from "../../base/errors.js";
import { printable } from "../../base/printable.js";
import { KubeError, unreachable } from "../kube-error.js";

/** Channels of the first port; the first byte of each message names one. */
const DATA = 0;
const ERROR = 1;
const TO_DATA = Buffer.of(DATA);

/** Bytes of what a kubelet says of a failure: a runtime may say anything. */
const LONGEST = 500;

/** Codes of an end that is no failure: normal, and none given (RFC 6455, 7.4.1). */
const IN_ORDER = [1000, 1005];
/** No end was told at all. */
const CUT = 1006;

export interface ForwardStreamOptions {
  /** What is done, for messages. */
  readonly what: string;
  /** The port in the pod, which the kubelet repeats. */
  readonly port: number;
  /** Milliseconds without data from the pod after which a stream ends that we have ended; default 10 000. */
  readonly quiet?: number;
  /** Milliseconds that the other side gets to agree to an end; default 1 000. */
  readonly grace?: number;
}

/**
 * One TCP connection to a port of a pod, over a WebSocket that speaks `v4.channel.k8s.io` as the kubelet does
 * (kubelet/pkg/cri/streaming/portforward/websocket.go). It reads from the network only what its reader takes, and its
 * writes are done when they have left. What the pod sent is read first; then comes the end or, as a KubeError, what the
 * kubelet says, that the connection was cut, or that the server does not keep to the protocol.
 */
export class ForwardStream extends Duplex {
  readonly #socket: WebSocket;
  readonly #options: ForwardStreamOptions;
  readonly #begun = new Set<number>();
  #failure: Error | undefined;
  #isEnding = false;
  #quiet: NodeJS.Timeout | undefined;

  /** `socket` is open, and nothing was read from it yet. */
  constructor(socket: WebSocket, options: ForwardStreamOptions) {
    super();
    this.#socket = socket;
    this.#options = options;
    socket.on("message", (data, isBinary) => this.#take(data, isBinary));
    socket.on("error", (error) => (this.#failure ??= unreachable(options.what, messageOf(error), error)));
    socket.on("close", (code, reason) => this.#closed(code, reason));
    // A WebSocket cannot end in one direction alone.
    this.once("end", () => this.destroy(this.#failure));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    // Why it cannot be sent is told when the socket closes.
    this.#socket.send(Buffer.concat([TO_DATA, chunk]), { binary: true }, () => done());
  }

  override _final(done: () => void): void {
    this.#endWhenQuiet();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#quiet);
    const socket = this.#socket;
    if (socket.readyState === socket.CLOSED) return done(error);
    socket.once("close", () => done(error));
    setTimeout(() => socket.terminate(), this.#options.grace ?? 1_000).unref();
    this.#end();
  }

  /** The pod cannot be told that nothing more comes: it gets time for the rest of its answer. */
  #endWhenQuiet(): void {
    this.#quiet = setTimeout(() => {
      if (this.#socket.isPaused) this.#endWhenQuiet();
      else this.#end();
    }, this.#options.quiet ?? 10_000);
  }

  #end(): void {
    this.#isEnding = true;
    this.#socket.close(1000);
    // The agreement of the other side has to be read.
    this.#socket.resume();
  }

  #take(message: RawData, isBinary: boolean): void {
    if (this.destroyed) return;
    this.#quiet?.refresh();
    const data = message as Buffer;
    const channel = data[0];
    const content = data.subarray(1);
    if (!isBinary || (channel !== DATA && channel !== ERROR))
      return this.#break("a message of no channel that we know");
    if (!this.#begun.has(channel)) return this.#begin(channel, content);
    if (channel === ERROR) this.#failure ??= new KubeError(this.#options.what, 0, "", wordsOf(content));
    else if (content.length > 0 && !this.push(content)) this.#socket.pause();
  }

  #begin(channel: number, content: Buffer): void {
    const isOurs = content.length === 2 && content.readUInt16LE() === this.#options.port;
    if (!isOurs) return this.#break("a channel that does not begin with our port");
    this.#begun.add(channel);
  }

  #break(why: string): void {
    this.#failure ??= new KubeError(this.#options.what, 0, "", `the server sent ${why}`);
    this.#socket.terminate();
  }

  #closed(code: number, reason: Buffer): void {
    clearTimeout(this.#quiet);
    if (this.destroyed) return;
    if (!this.#isEnding && !IN_ORDER.includes(code)) {
      const why = code === CUT ? "the connection was cut" : `ended with code ${code}: ${wordsOf(reason)}`;
      this.#failure ??= unreachable(this.#options.what, why);
    }
    this.push(null);
  }
}

/** A text of the other side as one short line that does no harm on a screen. */
function wordsOf(text: Buffer): string {
  const words = printable(text.subarray(0, LONGEST).toString("utf8")).replaceAll(/\s+/g, " ").trim();
  return words === "" ? "no reason given" : words;
}
