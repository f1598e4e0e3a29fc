import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type Connection, type PublicKeyAuthContext, type ServerChannel } from "ssh2";
import { connectSsh, type ConnectOptions } from "../../src/remote/connect-ssh.js";
import { openHostKeys } from "../../src/remote/host-keys.js";
import { createSshKeyPair, type SshKeyPair } from "../../src/remote/key-pair.js";
import type { RemoteHost, SshTarget } from "../../src/remote/remote-host.js";

export interface ServerOptions {
  readonly hostKeys?: readonly string[];
  /** The user's login shell; `busybox ash` by default. */
  readonly shell?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly accept?: SshKeyPair;
}

/** A real ssh server in this process, which runs commands in a real shell, as sshd does. */
export interface TestServer {
  readonly port: number;
  readonly userKey: SshKeyPair;
  /** The received command lines. */
  readonly commandLines: string[];
  /** The bytes received for commands' standard input, in order. */
  readonly received: Buffer[];
  readonly children: ChildProcess[];
  /** Destroys every connection's socket, which looks to us like a pulled cable. */
  cut(): void;
  /** Keeps every connection open but never answers again. */
  freeze(): void;
  close(): Promise<void>;
}

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const userKey = options.accept ?? createSshKeyPair("user");
  const connections = new Set<Connection>();
  const sockets = new Set<Socket>();
  const commandLines: string[] = [];
  const received: Buffer[] = [];
  const children: ChildProcess[] = [];
  const hostKeys = options.hostKeys ?? [createSshKeyPair("host").privateKey];
  const server = new ssh2.Server({ hostKeys: [...hostKeys] }, (connection) => {
    connections.add(connection);
    connection.on("error", () => undefined);
    connection.on("close", () => connections.delete(connection));
    connection.on("authentication", (context) => {
      if (context.method === "publickey" && allowed(context, userKey)) context.accept();
      else context.reject(["publickey"]);
    });
    connection.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, info) => {
        commandLines.push(info.command);
        children.push(serve(acceptExec(), info.command, options, received));
      });
    });
  });
  // ssh2 wraps the server that has the sockets.
  const { _srv } = server as unknown as { _srv: Server };
  _srv.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    userKey,
    commandLines,
    received,
    children,
    freeze: () => sockets.forEach((socket) => socket.pause()),
    cut: () => sockets.forEach((socket) => socket.destroy()),
    close: async () => {
      connections.forEach((connection) => connection.end());
      sockets.forEach((socket) => socket.destroy());
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function allowed(context: PublicKeyAuthContext, userKey: SshKeyPair): boolean {
  const key = ssh2.utils.parseKey(userKey.publicKey);
  if (key instanceof Error || !context.key.data.equals(key.getPublicSSH())) return false;
  if (context.signature === undefined || context.blob === undefined) return true;
  return key.verify(context.blob, context.signature, context.hashAlgo);
}

function serve(channel: ServerChannel, command: string, options: ServerOptions, received: Buffer[]): ChildProcess {
  const [program = "busybox", ...args] = options.shell ?? ["busybox", "ash"];
  const child = spawn(program, [...args, "-c", command], {
    detached: true,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...options.env },
  });
  channel.on("data", (chunk: Buffer) => {
    received.push(chunk);
    child.stdin.write(chunk);
  });
  channel.on("end", () => child.stdin.end());
  channel.on("close", () => child.stdin.end());
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", (chunk: Buffer) => channel.write(chunk));
  child.stderr.on("data", (chunk: Buffer) => channel.stderr.write(chunk));
  child.on("exit", (code, signal) => {
    if (code === null) channel.exit((signal ?? "TERM").replace("SIG", ""), false, "");
    else channel.exit(code);
  });
  child.on("close", () => channel.end());
  return child;
}

/** A folder for one test file, and hosts that are closed with it. */
export class TestBed {
  readonly folder = mkdtempSync(join(tmpdir(), "alpine-k8s-remote-"));
  readonly logged: string[] = [];
  readonly pinned: string[] = [];
  readonly hostKeys = openHostKeys(join(this.folder, "known_hosts"), (name, fingerprint) =>
    this.pinned.push(`${name} ${fingerprint}`),
  );
  readonly #ends: (() => Promise<void>)[] = [];

  async server(options: ServerOptions = {}): Promise<TestServer> {
    const server = await startServer(options);
    this.#ends.push(() => server.close());
    return server;
  }

  target(server: { readonly port: number; readonly userKey: SshKeyPair }, changes: Partial<SshTarget> = {}): SshTarget {
    return {
      name: "master1",
      address: "127.0.0.1",
      port: server.port,
      user: "root",
      become: "auto",
      privateKeys: [server.userKey.privateKey],
      hostKey: "",
      ...changes,
    };
  }

  async connect(target: SshTarget, options: Partial<ConnectOptions> = {}): Promise<RemoteHost> {
    const host = await connectSsh(target, {
      hostKeys: this.hostKeys,
      log: (line) => this.logged.push(line),
      connectTimeout: 5_000,
      ...options,
    });
    this.#ends.unshift(() => host.close());
    return host;
  }

  async host(options: ServerOptions = {}): Promise<{ server: TestServer; host: RemoteHost }> {
    const server = await this.server(options);
    return { server, host: await this.connect(this.target(server)) };
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The error that a promise was rejected with; fails the test when it was not rejected. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("it did not fail");
}

/** Waits until a process is gone; false when it is still there after `atMost` ms. */
export async function isGone(pid: number, atMost: number): Promise<boolean> {
  const end = performance.now() + atMost;
  while (performance.now() < end) {
    if (!isAlive(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

// A zombie, which init has not reaped yet, still has its pid.
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
