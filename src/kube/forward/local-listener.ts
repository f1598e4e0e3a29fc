import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { AlpineK8sError, messageOf } from "../../base/errors.js";

export interface LocalListening {
  /** Address of this computer. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Connections that may lead to the other side at a time. */
  readonly most: number;
  /** Opens the other side of a connection. */
  readonly open: (signal: AbortSignal) => Promise<Duplex>;
  /** Called with why a connection failed. */
  readonly onProblem: (problem: string) => void;
  /** Milliseconds without data after which a connection makes room for one that waits; default 2 000. */
  readonly quiet?: number;
}

export interface LocalListener {
  readonly port: number;
  /** Ends the listener and all connections; resolves when all of it is closed. */
  close(): Promise<void>;
}

/** Connections that are accepted, those that wait among them; the rest are refused. */
const MOST_ACCEPTED = 200;

/** Milliseconds between two looks for room. */
const LOOK_EVERY = 100;

/**
 * Listens on an address of this computer; each connection gets a stream of its own. When there are as many as may be, a
 * new one waits until another has ended, or has been quiet for a while and is ended: browsers keep connections that they
 * may never use again. Throws `prerequisite` when it cannot listen there.
 */
export async function listenLocally(options: LocalListening): Promise<LocalListener> {
  const closing = new AbortController();
  const accepted = new Set<Socket>();
  const leading = new Places(options.most);
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (local) => {
    accepted.add(local);
    local.on("error", () => local.destroy()).on("close", () => accepted.delete(local));
    void serve(local, leading, options, closing.signal);
  });
  server.maxConnections = MOST_ACCEPTED;
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      closing.abort();
      const closed = once(server, "close");
      server.close();
      for (const local of accepted) local.destroy();
      await closed;
      await leading.empty();
    },
  };
}

async function serve(
  local: Socket,
  places: Places,
  { open, onProblem, quiet = 2_000 }: LocalListening,
  signal: AbortSignal,
): Promise<void> {
  const problem = (error: unknown): void => {
    if (!signal.aborted && !local.destroyed) onProblem(messageOf(error));
  };
  try {
    const leave = await places.take(local, quiet, signal);
    try {
      await join(local, await open(signal), problem);
    } finally {
      leave();
    }
  } catch (error) {
    problem(error);
    local.destroy();
  }
}

/** Passes bytes on both ways; resolves when the other side is closed. What it has sent still reaches the local side. */
function join(local: Socket, remote: Duplex, onProblem: (error: unknown) => void): Promise<void> {
  return new Promise((resolve) => {
    remote.on("error", onProblem).on("close", () => {
      local.resume();
      local.destroySoon();
      resolve();
    });
    if (local.destroyed) return void remote.destroy();
    local.on("close", () => remote.destroy());
    local.pipe(remote);
    remote.pipe(local);
  });
}

/** Places for a limited number of connections. */
class Places {
  /** With the bytes that had passed when it was found quiet. */
  readonly #taken = new Map<Socket, number | undefined>();

  constructor(readonly most: number) {}

  /** Waits for a place, and returns what gives it back. */
  async take(local: Socket, quiet: number, signal: AbortSignal): Promise<() => void> {
    while (this.#taken.size >= this.most) {
      // It keeps its place until its other side is closed.
      [...this.#taken.keys()].find((one) => !one.destroyed && this.#isQuiet(one))?.destroySoon();
      await sleep(LOOK_EVERY, undefined, { signal });
    }
    this.#taken.set(local, undefined);
    local.setTimeout(quiet).on("timeout", () => {
      if (this.#taken.has(local)) this.#taken.set(local, bytesOf(local));
    });
    return () => this.#taken.delete(local);
  }

  /** Resolves when all have been given back. */
  async empty(): Promise<void> {
    while (this.#taken.size > 0) await sleep(LOOK_EVERY / 10);
  }

  #isQuiet(local: Socket): boolean {
    return this.#taken.get(local) === bytesOf(local);
  }
}

function bytesOf(local: Socket): number {
  return local.bytesRead + local.bytesWritten;
}

async function listen(server: Server, { host, port }: LocalListening): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = REASONS[code ?? ""] ?? messageOf(error);
    throw new AlpineK8sError("prerequisite", `cannot listen on ${host}, port ${port}: ${why}`, {
      hints: port === 0 ? [] : ["leave --port out: a free one is taken"],
      cause: error,
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there",
  EACCES: "this user may not listen there",
  EADDRNOTAVAIL: "this computer has no such address",
};
