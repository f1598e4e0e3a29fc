import type { Options } from "execa";
import { AlpineK8sError } from "./errors.js";
import { noteChild } from "./child-notes.js";
import { withoutUrlSecrets } from "./hide-logins.js";
import { Output } from "./output.js";

/** Bytes and lines of one stream that a program may print; each line costs far more than its bytes. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_LINES = 300_000;

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
  /** Folder where the program is noted as long as it runs; see {@link noteChild}. */
  readonly notes?: string;
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
 * `prerequisite` when the program is missing, `timeout` past the limit, `node` when it prints more than 64 MiB or
 * 300 000 lines, and the signal's reason on abort (each only after the program has ended).
 */
export async function runLocal(command: LocalCommand): Promise<LocalResult> {
  // Loaded here: it takes as long to load as Node itself, and a run that finds all in order starts no program.
  const { execa } = await import("execa");
  command.signal?.throwIfAborted();
  const child = execa(command.program, [...command.args], execaOptions(command));
  const noted = noteOf(command, child.pid);
  const ending = endGroupOn(command, child.pid);
  forwardLines(child.stdout, (line) => command.onLine?.(line, "stdout"), ending.tooMuch);
  forwardLines(child.stderr, (line) => command.onLine?.(line, "stderr"), ending.tooMuch);
  const result = await child.finally(async () => {
    ending.stop();
    await (
      await noted
    )();
  });
  if ("code" in result && result.code === "ENOENT") {
    throw new AlpineK8sError("prerequisite", command.missing.message, { hints: command.missing.hints, cause: result });
  }
  command.signal?.throwIfAborted();
  const most = ending.passed();
  if (most !== undefined) {
    throw new AlpineK8sError("node", `${nameOf(command)} printed more than ${most} and was ended`);
  }
  if (ending.timedOut()) {
    const seconds = Math.round((command.timeout ?? 0) / 1000);
    throw new AlpineK8sError("timeout", `${nameOf(command)} did not end within ${seconds} s and was ended`);
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
    // Ours, which says so, comes first.
    maxBuffer: 2 * MOST_BYTES,
  };
}

function nameOf({ program, args }: LocalCommand): string {
  return `${program} ${args[0] ?? ""}`;
}

async function noteOf(command: LocalCommand, pid: number | undefined): Promise<() => Promise<void>> {
  if (command.notes === undefined || pid === undefined) return () => Promise.resolve();
  return noteChild(command.notes, pid, withoutUrlSecrets(`${command.program} ${command.args.join(" ")}`));
}

/** What ends a program. */
interface Ending {
  readonly stop: () => void;
  readonly timedOut: () => boolean;
  /** Ends it because it printed more than that. */
  readonly tooMuch: (most: string) => void;
  /** What it printed more than; nothing when it did not. */
  readonly passed: () => string | undefined;
}

function textOf(output: unknown): string {
  return typeof output === "string" ? output : "";
}

function endGroupOn(command: LocalCommand, pid: number | undefined): Ending {
  let killTimer: NodeJS.Timeout | undefined;
  let late = false;
  let passed: string | undefined;
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
    tooMuch(most) {
      if (passed === undefined) end();
      passed ??= most;
    },
    passed: () => passed,
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

function forwardLines(
  stream: NodeJS.ReadableStream | null | undefined,
  emit: (line: string) => void,
  tooMuch: Ending["tooMuch"],
): void {
  if (!stream) return;
  const output = new Output(emit, false);
  let isFull = false;
  const full = (most: string): void => {
    isFull = true;
    tooMuch(most);
  };
  stream.on("data", (chunk: Buffer | string) => {
    if (isFull) return;
    output.add(Buffer.from(chunk));
    if (output.bytes > MOST_BYTES) full(`${MOST_BYTES / 1024 / 1024} MiB`);
    else if (output.lines > MOST_LINES) full(`${MOST_LINES} lines`);
  });
  stream.on("end", () => output.finish());
}
