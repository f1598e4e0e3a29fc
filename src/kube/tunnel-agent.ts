import { Agent } from "node:https";
import type { Duplex } from "node:stream";
import { connect, type ConnectionOptions } from "node:tls";

/** Opens a byte stream to the API server by another way than this computer's own network. */
export type OpenStream = () => Promise<Duplex>;

/** An https agent whose connections run TLS, end to end with the API server, over streams that `open` makes. */
export class TunnelAgent extends Agent {
  readonly #open: OpenStream;

  constructor(options: ConstructorParameters<typeof Agent>[0], open: OpenStream) {
    super(options);
    this.#open = open;
  }

  override createConnection(
    options: ConnectionOptions,
    done?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const tell = done as ((error: Error | null, stream?: Duplex) => void) | undefined;
    this.#open().then(
      (socket) => {
        if (socket.destroyed) tell?.(socket.errored ?? new Error("the connection ended at once"));
        else tell?.(null, connect({ ...options, socket }));
      },
      (error: unknown) => tell?.(error as Error),
    );
  }
}
