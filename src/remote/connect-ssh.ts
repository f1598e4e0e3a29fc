import { AlpineK8sError } from "../base/errors.js";
import { shellWord } from "../base/quote.js";
import { systemClock, type Clock } from "../base/wait.js";
import {
  fingerprintOf,
  parseHostKey,
  sameKey,
  type HostKey,
  type HostKeyStore,
  type PinnedHostKey,
} from "./host-keys.js";
import type { RemoteHost, SshTarget } from "./remote-host.js";
import { sshConfigPath } from "./ssh-config-path.js";
import { AttemptError, attemptLogin, type Attempt } from "./ssh-attempt.js";
import { SshHost } from "./ssh-host.js";

const CONNECT_TIMEOUT = 15_000;
const KEEPALIVE = 10_000;

export interface ConnectOptions {
  readonly hostKeys: HostKeyStore;
  /** Writes a line to the node's log; never gets a secret. */
  readonly log?: (line: string) => void;
  /** Where `log` writes to, named in errors. */
  readonly logFile?: string;
  /** Milliseconds for one try; default 15 000. */
  readonly connectTimeout?: number;
  /** Milliseconds between keepalives, default 10 000; with three unanswered the connection is lost. */
  readonly keepalive?: number;
  readonly signal?: AbortSignal;
  /**
   * For machines that are still booting or being provisioned: tries again every `every` ms, for at most `atMost` ms,
   * when nothing listens, nothing answers or the login is refused. An unexpected host key, an unknown host name or the
   * lack of a usable key of ours ends it at once. Without it there is one try.
   */
  readonly retry?: { readonly atMost: number; readonly every: number };
  /** Called each time the reason why there is no connection yet changes. */
  readonly onReason?: (reason: string) => void;
  readonly clock?: Clock;
}

/**
 * Connects to a machine by ssh and logs in. The host key must be the target's or the pinned one; when there is
 * neither, it is accepted and pinned once the login has worked. Throws `node` with the node, the address, the reason
 * and what to type next; `usage` when the target's host key is malformed; the signal's reason on abort.
 */
export async function connectSsh(target: SshTarget, options: ConnectOptions): Promise<RemoteHost> {
  const log = options.log ?? (() => undefined);
  const expected = await expectedKeys(target, options.hostKeys);
  const attempt = await attemptUntil(target, options, expected);
  const host = new SshHost(attempt.client, attempt.socket, {
    name: target.name,
    where: where(target),
    become: target.become,
    byHand: sshByHand(target, options.hostKeys),
    log,
    ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
  });
  try {
    await settleHostKey(target, options.hostKeys, attempt.hostKey);
  } catch (error) {
    await host.close();
    throw error;
  }
  log(`connected to ${target.user}@${where(target)}, host key ${fingerprintOf(attempt.hostKey)}`);
  return host;
}

async function expectedKeys(target: SshTarget, store: HostKeyStore): Promise<readonly HostKey[]> {
  return target.hostKey.trim() === "" ? store.find(target.name) : [parseHostKey(target.hostKey, target.name)];
}

async function settleHostKey(target: SshTarget, store: HostKeyStore, seen: HostKey): Promise<void> {
  if (target.hostKey.trim() !== "") {
    await store.replace(target.name, seen);
    return;
  }
  const pinned = await store.pin(target.name, seen);
  if (!pinned.some((key) => sameKey(key, seen))) throw await hostKeyError(target, store, seen);
}

async function attemptUntil(
  target: SshTarget,
  options: ConnectOptions,
  expected: readonly HostKey[],
): Promise<Attempt> {
  const clock = options.clock ?? systemClock;
  const started = clock.now();
  let last: string | undefined;
  for (let tries = 1; ; tries += 1) {
    const outcome = await attemptOnce(target, options, expected);
    if (!(outcome instanceof AttemptError)) return outcome;
    if (outcome.message !== last) {
      last = outcome.message;
      options.log?.(`no connection to ${where(target)}: ${last}`);
      options.onReason?.(last);
    }
    const spent = clock.now() - started;
    const { every, atMost } = options.retry ?? { every: 0, atMost: -1 };
    if (!outcome.retryable || spent + every > atMost) throw connectError(target, options, last, tries, spent);
    await pause(clock, every, options.signal);
  }
}

async function attemptOnce(
  target: SshTarget,
  options: ConnectOptions,
  expected: readonly HostKey[],
): Promise<Attempt | AttemptError> {
  try {
    return await attemptLogin(target, {
      expected,
      revoked: await options.hostKeys.revoked(target.name),
      timeout: options.connectTimeout ?? CONNECT_TIMEOUT,
      keepalive: options.keepalive ?? KEEPALIVE,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof AttemptError)) throw error;
    if (error.refusedKey) throw await hostKeyError(target, options.hostKeys, error.refusedKey);
    return error;
  }
}

async function pause(clock: Clock, milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(milliseconds, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

function where(target: SshTarget): string {
  return target.address.includes(":") ? `[${target.address}]:${target.port}` : `${target.address}:${target.port}`;
}

function connectError(
  target: SshTarget,
  options: ConnectOptions,
  why: string,
  tries: number,
  spent: number,
): AlpineK8sError {
  const effort = tries === 1 ? "" : ` (${tries} tries in ${Math.round(spent / 1000)} s)`;
  return new AlpineK8sError("node", `${target.name}: no ssh connection to ${where(target)}${effort}: ${why}`, {
    node: target.name,
    hints: [`to see it by hand: ${sshByHand(target, options.hostKeys)}`],
    ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
  });
}

async function hostKeyError(target: SshTarget, store: HostKeyStore, seen: HostKey): Promise<AlpineK8sError> {
  const shown = `shows the host key ${fingerprintOf(seen)} (${seen.type})`;
  const head = `${target.name}: the machine at ${where(target)} ${shown}`;
  const revoked = (await store.revoked(target.name)).find((key) => sameKey(key, seen));
  if (revoked !== undefined) {
    return new AlpineK8sError(
      "node",
      `${head}, which line ${revoked.line} of ${store.path} revokes; nothing was sent to it`,
      {
        node: target.name,
        hints: ["give the machine new host keys: on it, rm /etc/ssh/ssh_host_*, ssh-keygen -A, and restart sshd"],
      },
    );
  }
  if (target.hostKey.trim() !== "") {
    const given = fingerprintOf(parseHostKey(target.hostKey, target.name));
    return new AlpineK8sError("node", `${head}, but the spec gives ${given} as its hostKey; nothing was sent to it`, {
      node: target.name,
      hints: [`when the machine was replaced on purpose: change hostKey of ${target.name} in the spec`],
    });
  }
  const pinned = await store.find(target.name);
  const lines = pinned.map((key) => `${fingerprintOf(key)} (${key.type}, line ${key.line} of ${store.path})`);
  return new AlpineK8sError("node", `${head}, but pinned is ${lines.join(" and ")}; nothing was sent to it`, {
    node: target.name,
    hints: [
      `when the machine was replaced on purpose: ${removal(pinned, store.path)}`,
      "otherwise somebody may be between this computer and the machine: find out first",
    ],
  });
}

function removal(pinned: readonly PinnedHostKey[], path: string): string {
  const lines = pinned.map((key) => key.line).join(", ");
  return `remove line ${lines} of ${path} and run the same command again`;
}

/** An ssh command for people, with the same keys, the same host key and the same name for it. */
function sshByHand(target: SshTarget, store: HostKeyStore): string {
  const keys = (target.identityFiles ?? []).map((file) => `${identityOption(file)} `).join("");
  const pins = /^[\w./-]+$/.test(store.path) ? store.path : sshConfigPath(store.path);
  const hostKey = `-o HostKeyAlias=${target.name} -o ${shellWord(`UserKnownHostsFile=${pins}`)}`;
  return `ssh -p ${target.port} ${keys}${hostKey} ${target.user}@${target.address}`;
}

/** ssh takes % for the beginning of a token in a file's name, and `-i` does not take it doubled. */
function identityOption(file: string): string {
  return file.includes("%") ? `-o ${shellWord(`IdentityFile=${sshConfigPath(file)}`)}` : `-i ${shellWord(file)}`;
}
