import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { AlpineK8sError } from "../base/errors.js";
import { openPort } from "./open-port.js";
import { putFileCommand, putFileOutcome } from "./put-file.js";
import type { FileOptions, RemoteCommand, RemoteHost, RemoteResult } from "./remote-host.js";
import { runOverSsh, type Connection, type HostDetails } from "./run-over-ssh.js";

/** Milliseconds that a connection gets to close properly. */
const CLOSE_LIMIT = 1_000;

/** A machine behind an ssh connection that is logged in already. */
export class SshHost implements RemoteHost {
  readonly name: string;
  /** Aborted with an error for the user when the connection ends, no matter who ended it. */
  readonly #gone = new AbortController();
  #closing = false;

  constructor(
    private readonly client: Client,
    private readonly socket: Socket,
    private readonly details: HostDetails,
  ) {
    this.name = details.name;
    let why = "the machine closed it";
    client.on("error", (error: Error) => {
      why = error.message;
    });
    client.once("close", () => {
      if (!this.#gone.signal.aborted) this.#gone.abort(this.#closing ? this.#closedError() : this.#lostError(why));
    });
  }

  async run(command: RemoteCommand): Promise<RemoteResult> {
    command.signal?.throwIfAborted();
    return runOverSsh(this.#connection(), command);
  }

  async openPort(address: string, port: number): Promise<Duplex> {
    return openPort(this.#connection(), address, port);
  }

  async putFile(
    path: string,
    content: string | Uint8Array,
    options: FileOptions = {},
  ): Promise<"written" | "unchanged"> {
    return putFileOutcome(await this.run(putFileCommand(path, content, options)));
  }

  async close(): Promise<void> {
    if (this.#closing || this.#gone.signal.aborted) return;
    this.#closing = true;
    await new Promise<void>((resolve) => {
      const limit = setTimeout(() => {
        this.socket.destroy();
        resolve();
      }, CLOSE_LIMIT);
      this.client.once("close", () => {
        clearTimeout(limit);
        resolve();
      });
      this.client.end();
    });
    this.details.log("connection closed");
  }

  #connection(): Connection {
    this.#gone.signal.throwIfAborted();
    if (this.#closing) throw this.#closedError();
    return { ...this.details, client: this.client, gone: this.#gone.signal };
  }

  #closedError(): AlpineK8sError {
    return new AlpineK8sError("node", `${this.name}: the connection was closed by this program`, { node: this.name });
  }

  #lostError(why: string): AlpineK8sError {
    const { where, byHand, logFile, log } = this.details;
    log(`connection lost: ${why}`);
    return new AlpineK8sError("node", `${this.name}: the connection to ${where} was lost: ${why}`, {
      node: this.name,
      hints: [`to see whether the machine is there: ${byHand}`, "then run the same command again, it continues"],
      ...(logFile === undefined ? {} : { logFile }),
    });
  }
}
