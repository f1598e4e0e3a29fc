import { constants } from "node:os";
import { setImmediate } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { withoutUrlSecrets } from "../base/hide-logins.js";
import { BOOTSTRAP_EXIT, BOOTSTRAP_MARK, bootstrapInput, COMMAND_LINE, READS_INPUT, READY_LINE } from "./bootstrap.js";
import { ReadyLine } from "./ready-line.js";
import { finish, lastWords, limitedFeed, outputsOf, type Outputs } from "./command-output.js";
import { redactor } from "./redact.js";
import { RemoteCommandError } from "./remote-command-error.js";
import type { RemoteCommand, RemoteResult, SshTarget } from "./remote-host.js";

const DEFAULT_TIMEOUT = 60_000;

/** Milliseconds for a login shell to come to our command, which takes a busy machine some seconds. */
const START_LIMIT = 60_000;

/** Milliseconds to wait for a command that was told to end; its watchdog on the node needs no connection. */
const STOP_LIMIT = 2_000;

/** Milliseconds for output still under way after the command has ended: a daemon may keep the stream open for ever. */
const LINGER = 1_000;

/** What a connection needs to know of its machine. */
export interface HostDetails {
  readonly name: string;
  /** Address and port. */
  readonly where: string;
  readonly become: SshTarget["become"];
  /** An ssh command line for people. */
  readonly byHand: string;
  readonly log: (line: string) => void;
  readonly logFile?: string;
}

export interface Connection extends HostDetails {
  readonly client: Client;
  /** Aborted when the connection is gone, with the error to throw. */
  readonly gone: AbortSignal;
}

/** Runs one command over a connection; see {@link RemoteHost.run} for what it guarantees. */
export async function runOverSsh(connection: Connection, command: RemoteCommand): Promise<RemoteResult> {
  const { name, log, gone } = connection;
  const known = redactor(command.secrets ?? []);
  // URLs of a node's package repositories may have logins.
  const redact = (text: string): string => withoutUrlSecrets(known(text));
  const input = bootstrapInput(command, connection.become);
  const stop = new AbortController();
  const streams = outputsOf(connection, command, redact);
  const timeout = command.timeout ?? DEFAULT_TIMEOUT;
  let ready: ReadyLine | undefined;
  const notStarted = (): void =>
    stop.abort(notStartedError(connection, command.name, Math.min(timeout, START_LIMIT), streams, redact));
  const starting = setTimeout(() => ready?.seen === false && notStarted(), START_LIMIT);
  const limit = setTimeout(() => {
    if (ready?.seen === false) return notStarted();
    const words = command.secretOutput === true ? "" : lastWords(streams, redact);
    stop.abort(
      new AlpineK8sError(
        "timeout",
        `${name}: "${command.name}" did not end within ${timeout / 1000} s and was stopped${words}`,
        { node: name, ...logFileOf(connection) },
      ),
    );
  }, timeout);
  const stopped = command.signal ? AbortSignal.any([command.signal, stop.signal]) : stop.signal;
  const started = performance.now();
  log(`$ ${command.name}`);
  try {
    const channel = await openChannel(connection, command.name, stopped);
    const start = new ReadyLine(READY_LINE, () => stopped.aborted || channel.write(input));
    ready = start;
    const feed = limitedFeed(connection, command, streams, stop);
    channel.on("data", feed("stdout"));
    const feedError = feed("stderr");
    channel.stderr.on("data", (chunk: Buffer) => feedError(start.take(chunk)));
    const exitCode = await endOf(channel, connection, stopped).finally(() => feedError(start.rest()));
    finish(streams);
    log(`${command.name} ended with ${exitCode} after ${Math.round(performance.now() - started)} ms`);
    if (exitCode === 0 && !start.seen)
      throw refusedError(connection, command.name, `the login shell did not run it${lastWords(streams, redact)}`);
    return evaluate(connection, command, redact, {
      exitCode,
      stdout: streams.stdout.text(),
      stderr: streams.stderr.text(),
    });
  } catch (error) {
    finish(streams);
    if (stopped.aborted) log(`${command.name} was stopped after ${Math.round(performance.now() - started)} ms`);
    throw error === gone.reason && gone.aborted ? lostDuring(connection, command.name) : error;
  } finally {
    clearTimeout(limit);
    clearTimeout(starting);
  }
}

async function openChannel(connection: Connection, what: string, stopped: AbortSignal): Promise<ClientChannel> {
  const { client, gone, name, byHand } = connection;
  try {
    return await new Promise((resolve, reject) => {
      const give = (): void => reject(stopped.reason as Error);
      if (stopped.aborted) return give();
      stopped.addEventListener("abort", give, { once: true });
      client.exec(COMMAND_LINE, (error, channel) => {
        stopped.removeEventListener("abort", give);
        if (error) return reject(error);
        if (stopped.aborted) channel.close();
        return resolve(channel);
      });
    });
  } catch (error) {
    stopped.throwIfAborted();
    // When the connection is lost, its channels fail a moment before `gone` is aborted.
    await setImmediate();
    gone.throwIfAborted();
    throw new AlpineK8sError("node", `${name}: the machine does not take the command "${what}": ${messageOf(error)}`, {
      node: name,
      hints: [`to see it by hand: ${byHand}`],
      cause: error,
    });
  }
}

/** Resolves with the exit code. To stop, closes our end of the channel: the watchdog on the node ends the script. */
async function endOf(channel: ClientChannel, { gone, name }: Connection, stopped: AbortSignal): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  let exitCode: number | undefined;
  let onStop: (() => void) | undefined;
  let onGone: (() => void) | undefined;
  try {
    return await new Promise<number>((resolve, reject) => {
      const finish = (): void => {
        if (stopped.aborted) reject(stopped.reason as Error);
        else if (exitCode !== undefined) resolve(exitCode);
        else if (gone.aborted) reject(gone.reason as Error);
        // A server that stops closes the channel first and the connection a moment later.
        else timer = setTimeout(() => reject(noExitCode(name)), LINGER);
      };
      onStop = () => {
        channel.end();
        clearTimeout(timer);
        timer = setTimeout(finish, STOP_LIMIT);
      };
      onGone = () => reject(gone.reason as Error);
      channel.on("exit", (code: number | null, signal?: string) => {
        exitCode = code ?? codeOfSignal(signal);
        clearTimeout(timer);
        timer = setTimeout(finish, LINGER);
      });
      channel.once("close", (code?: number | null, signal?: string) => {
        // One that came in the same packet as the channel itself was told before anybody could listen.
        if (code !== undefined) exitCode ??= code ?? codeOfSignal(signal);
        clearTimeout(timer);
        finish();
      });
      channel.on("error", reject);
      stopped.addEventListener("abort", onStop, { once: true });
      gone.addEventListener("abort", onGone, { once: true });
      if (stopped.aborted) onStop();
    });
  } finally {
    clearTimeout(timer);
    if (onStop) stopped.removeEventListener("abort", onStop);
    if (onGone) gone.removeEventListener("abort", onGone);
    channel.close();
  }
}

function noExitCode(name: string): AlpineK8sError {
  return new AlpineK8sError("node", `${name}: the machine closed the channel without an exit code`, { node: name });
}

function codeOfSignal(signal: string | undefined): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return 128 + (numbers[`SIG${signal ?? ""}`] ?? 127);
}

function lostDuring(connection: Connection, what: string): AlpineK8sError {
  const reason = connection.gone.reason as AlpineK8sError;
  return new AlpineK8sError(
    "node",
    `${reason.message} (while "${what}" ran; where the node still runs, it ends there by itself)`,
    {
      node: connection.name,
      hints: reason.hints,
      ...logFileOf(connection),
      cause: reason,
    },
  );
}

function logFileOf({ logFile }: Connection): { logFile?: string } {
  return logFile === undefined ? {} : { logFile };
}

function evaluate(
  connection: Connection,
  command: RemoteCommand,
  redact: (text: string) => string,
  result: RemoteResult,
): RemoteResult {
  if (result.exitCode === 0) return result;
  const refused = result.stderr.split("\n").find((line) => line.startsWith(BOOTSTRAP_MARK));
  if (result.exitCode === BOOTSTRAP_EXIT && refused !== undefined)
    throw refusedError(connection, command.name, refused.slice(BOOTSTRAP_MARK.length));
  throw new RemoteCommandError({
    node: connection.name,
    command: command.name,
    exitCode: result.exitCode,
    stdout: command.secretOutput === true ? "" : redact(result.stdout),
    stderr: redact(result.stderr),
    ...logFileOf(connection),
  });
}

/** Nothing of ours was sent, so what the machine said holds no secret of the command. */
function notStartedError(
  connection: Connection,
  what: string,
  limit: number,
  streams: Outputs,
  redact: (text: string) => string,
): AlpineK8sError {
  const { name, byHand } = connection;
  return new AlpineK8sError(
    "timeout",
    `${name}: "${what}" did not start within ${limit / 1000} s: ${READS_INPUT}${lastWords(streams, redact)}`,
    { node: name, hints: [`to see it by hand: ${byHand} true </dev/null`], ...logFileOf(connection) },
  );
}

function refusedError(connection: Connection, what: string, why: string): AlpineK8sError {
  const hints = why.startsWith("become:")
    ? [
        "log in as root, or let the user become root without a password (sudo: NOPASSWD, doas: nopass)",
        `try: ${connection.byHand} sudo -n true`,
      ]
    : [`try: ${connection.byHand}`];
  return new AlpineK8sError("node", `${connection.name}: "${what}" could not be started: ${why}`, {
    node: connection.name,
    hints,
    ...logFileOf(connection),
  });
}
