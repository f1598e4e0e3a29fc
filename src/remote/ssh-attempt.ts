import { connect, type Socket } from "node:net";
import type { Client, default as ssh2, ServerHostKeyAlgorithm } from "ssh2";
import { lazyPackage } from "../base/lazy-package.js";
import { hostKeyFromWire, sameKey, type HostKey } from "./host-keys.js";
import type { SshTarget } from "./remote-host.js";
import { loginFor } from "./ssh-login.js";

const ssh2Package = lazyPackage<typeof ssh2>("ssh2");

/** Unanswered keepalives after which the connection counts as lost. */
const KEEPALIVES_MISSED = 3;

export interface AttemptOptions {
  /** The only keys that are accepted; any key when empty. */
  readonly expected: readonly HostKey[];
  readonly revoked: readonly HostKey[];
  /** Milliseconds for everything up to the login. */
  readonly timeout: number;
  /** Milliseconds between two keepalives. */
  readonly keepalive: number;
  readonly signal?: AbortSignal;
}

export interface Attempt {
  readonly client: Client;
  /** To destroy it: ssh2 itself cannot drop a connection that it has begun to close. */
  readonly socket: Socket;
  readonly hostKey: HostKey;
}

/** Why one try to connect failed; the user sees it as an error only when no other try follows. */
export class AttemptError extends Error {
  constructor(
    message: string,
    /** True for failures that are normal while a machine boots or is being provisioned. */
    readonly retryable: boolean,
    /** The key that was refused, when the host key was the reason. */
    readonly refusedKey?: HostKey,
  ) {
    super(message);
    this.name = "AttemptError";
  }
}

/** Connects and logs in once. Throws AttemptError, or the signal's reason; the socket is then closed. */
export async function attemptLogin(target: SshTarget, options: AttemptOptions): Promise<Attempt> {
  options.signal?.throwIfAborted();
  const login = loginFor(target);
  if (login.methods.length === 0) throw new AttemptError(noLogin(login.described), false);
  const client = new (ssh2Package().Client)();
  const socket = connect({ host: target.address, port: target.port });
  let seen: HostKey | undefined;
  let abort: (() => void) | undefined;
  let limit: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      limit = setTimeout(() => {
        reject(new AttemptError(`no answer within ${options.timeout / 1000} s`, true));
      }, options.timeout);
      abort = () => reject(options.signal?.reason as Error);
      options.signal?.addEventListener("abort", abort, { once: true });
      client.on("error", (error: SshError) => {
        // An agent that does not answer is one way less to log in, not the end.
        if (error.level !== "agent") reject(failureOf(error, target, login.described, seen, options));
      });
      client.once("close", () => reject(new AttemptError("the machine closed the connection during the login", true)));
      client.once("ready", () => resolve());
      client.connect({
        sock: socket,
        username: target.user,
        readyTimeout: 0,
        keepaliveInterval: options.keepalive,
        keepaliveCountMax: KEEPALIVES_MISSED,
        authHandler: login.methods,
        algorithms: { serverHostKey: algorithmsFor(options.expected) },
        hostVerifier: (bytes: Buffer) => {
          const key = hostKeyFromWire(bytes);
          seen = key;
          return isAccepted(key, options);
        },
      });
    });
    if (seen === undefined) throw new AttemptError("the machine showed no host key", false);
    client.setNoDelay(true);
    return { client, socket, hostKey: seen };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(limit);
    if (abort) options.signal?.removeEventListener("abort", abort);
  }
}

interface SshError extends Error {
  readonly level?: string;
  readonly code?: string | number;
}

function noLogin(described: readonly string[]): string {
  if (described.length === 0) return "there is no key to log in with, and no ssh agent";
  return `there is no usable key to log in with: ${described.join(", ")}`;
}

function failureOf(
  error: SshError,
  target: SshTarget,
  tried: readonly string[],
  seen: HostKey | undefined,
  options: Pick<AttemptOptions, "expected" | "revoked">,
): AttemptError {
  if (seen !== undefined && !isAccepted(seen, options)) {
    return new AttemptError("the host key is not the expected one", false, seen);
  }
  if (error.level === "client-authentication" || /too many authentication failures/i.test(error.message)) {
    const words = `the machine refused the login of ${target.user}; tried ${tried.join(", ")}`;
    return new AttemptError(`${words}${unusedCertificates(target)}`, true);
  }
  const known = SOCKET_FAILURES[String(error.code)];
  if (known !== undefined) return new AttemptError(known, true);
  if (error.code === "ENOTFOUND") return new AttemptError(`the name ${target.address} is unknown`, false);
  if (/no matching host key/i.test(error.message)) return new AttemptError(NO_PLAIN_HOST_KEY, false);
  const negotiation = /no matching/i.test(error.message);
  return new AttemptError(error.message, !negotiation);
}

/** A server that has a plain key beside its certificate shows that, as none of ours asks for the other. */
const NO_PLAIN_HOST_KEY =
  "the machine shows no host key of a kind that is taken (ed25519, ECDSA, RSA); host certificates are not used: let its sshd " +
  "offer the plain key, too (HostKeyAlgorithms)";

function unusedCertificates({ certificates = [] }: SshTarget): string {
  if (certificates.length === 0) return "";
  return `; ssh certificates are not used, as ${certificates.join(", ")}: put the plain key into its authorized_keys`;
}

const SOCKET_FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ECONNRESET: "the machine reset the connection",
  EHOSTUNREACH: "the machine does not answer (no route to host)",
  EHOSTDOWN: "the machine is down",
  ENETUNREACH: "there is no route to its network",
  ETIMEDOUT: "the connection timed out",
  EPIPE: "the machine closed the connection",
  EAI_AGAIN: "its name cannot be resolved right now",
};

const RSA: readonly ServerHostKeyAlgorithm[] = ["rsa-sha2-512", "rsa-sha2-256"];
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  ...RSA,
];

function isAccepted(key: HostKey, { expected, revoked }: Pick<AttemptOptions, "expected" | "revoked">): boolean {
  if (revoked.some((one) => sameKey(one, key))) return false;
  return expected.length === 0 || expected.some((one) => sameKey(one, key));
}

// A server has one key of each type: without the expected type in front it would show another, good one.
function algorithmsFor(expected: readonly HostKey[]): ServerHostKeyAlgorithm[] {
  const types = expected.map((key) => key.type);
  const wanted = ALGORITHMS.filter((name) => types.includes(RSA.includes(name) ? "ssh-rsa" : name));
  return [...wanted, ...ALGORITHMS.filter((name) => !wanted.includes(name))];
}
