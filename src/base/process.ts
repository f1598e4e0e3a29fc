import { execa, type Options } from "execa";
import { AlpineK8sError } from "./errors.js";
import { Output } from "./output.js";

export interface LocalCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Milliseconds; absent means no limit. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Called for every whole line of stdout and stderr as it comes. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** What to say when the program is not on PATH. */
  readonly missing: { readonly message: string; readonly hints: readonly string[] };
  /** On abort the program gets one INT and this many milliseconds to end before it is killed; default 5 000. */
  readonly graceMs?: number;
}

export interface LocalResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a local program in its own process group, so that a terminal's Ctrl-C reaches us and not the program. On abort
 * or timeout the whole group gets INT, and KILL after the grace. Resolves with the exit code, whatever it is. Throws
 * `prerequisite` when the program is missing, `timeout` past the limit, and the signal's reason on abort (only after
 * the program has ended).
 */
export async function runLocal(command: LocalCommand): Promise<LocalResult> {
  command.signal?.throwIfAborted();
  const child = execa(command.program, [...command.args], execaOptions(command));
  const lines = command.onLine;
  if (lines) {
    forwardLines(child.stdout, (line) => lines(line, "stdout"));
    forwardLines(child.stderr, (line) => lines(line, "stderr"));
  }
  const ending = endGroupOn(command, child.pid);
  const result = await child.finally(() => ending.stop());
  if ("code" in result && result.code === "ENOENT") {
    throw new AlpineK8sError("prerequisite", command.missing.message, { hints: command.missing.hints, cause: result });
  }
  command.signal?.throwIfAborted();
  if (ending.timedOut()) {
    const seconds = Math.round((command.timeout ?? 0) / 1000);
    throw new AlpineK8sError(
      "timeout",
      `${command.program} ${command.args[0] ?? ""} did not end within ${seconds} s and was ended`,
    );
  }
  return { exitCode: result.exitCode ?? 1, stdout: textOf(result.stdout), stderr: textOf(result.stderr) };
}

function execaOptions(command: LocalCommand): Options {
  return {
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(command.env === undefined ? {} : { env: command.env }),
    ...(command.input === undefined ? { stdin: "ignore" } : { input: command.input }),
    detached: true,
    reject: false,
    stripFinalNewline: false,
  };
}

function textOf(output: unknown): string {
  return typeof output === "string" ? output : "";
}

function endGroupOn(command: LocalCommand, pid: number | undefined): { stop(): void; timedOut(): boolean } {
  let killTimer: NodeJS.Timeout | undefined;
  let late = false;
  const end = (): void => {
    signalGroup(pid, "SIGINT");
    killTimer ??= setTimeout(() => signalGroup(pid, "SIGKILL"), command.graceMs ?? 5_000);
  };
  const limit =
    command.timeout === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          end();
        }, command.timeout);
  // A second Ctrl-C ends this process at once: its children must not outlive it.
  const kill = (): void => signalGroup(pid, "SIGKILL");
  process.once("exit", kill);
  command.signal?.addEventListener("abort", end, { once: true });
  return {
    stop() {
      clearTimeout(limit);
      clearTimeout(killTimer);
      process.off("exit", kill);
      command.signal?.removeEventListener("abort", end);
    },
    timedOut: () => late,
  };
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

function forwardLines(stream: NodeJS.ReadableStream | null | undefined, emit: (line: string) => void): void {
  if (!stream) return;
  const output = new Output(emit, false);
  stream.on("data", (chunk: Buffer | string) => output.add(Buffer.from(chunk)));
  stream.on("end", () => output.finish());
}
