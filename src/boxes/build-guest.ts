import { AlpineK8sError, messageOf } from "../base/errors.js";
import { runLocal, type LocalResult } from "../base/process.js";
import { connectSsh } from "../remote/connect-ssh.js";
import { openHostKeys, unwritten } from "../remote/host-keys.js";
import type { RemoteHost } from "../remote/remote-host.js";
import { consoleTail } from "./console-tail.js";
import { machineArguments, type BuildMachine } from "./machine-arguments.js";

const MINUTE = 60_000;
/** Milliseconds until a machine answers by ssh: a real processor boots Alpine in some 20 s, an emulated one in minutes. */
const BOOT = { kvm: 3 * MINUTE, hvf: 3 * MINUTE, tcg: 15 * MINUTE } as const;
/** Milliseconds until a machine is off that was told to. */
const OFF = { kvm: MINUTE, hvf: MINUTE, tcg: 5 * MINUTE } as const;

export interface GuestRun {
  readonly machine: BuildMachine;
  /** The private key that the seed's script lets in. */
  readonly privateKey: string;
  readonly signal: AbortSignal;
  /** Told each time the reason why it does not answer yet changes. */
  readonly onWait: (reason: string) => void;
  readonly log: (line: string) => void;
  /** Folder where the machine is noted as long as it runs. */
  readonly children: string;
}

/**
 * Boots the machine, does work on it as root by ssh, and switches it off properly. Throws `node` with the last lines of its
 * serial console when it ends too early, and `timeout` when it does not answer or does not go off; QEMU has always ended
 * then.
 */
export async function onGuest(run: GuestRun, work: (host: RemoteHost) => Promise<void>): Promise<void> {
  const ending = new AbortController();
  const gone = new AbortController();
  const signal = AbortSignal.any([run.signal, gone.signal]);
  const machine = startMachine(run, AbortSignal.any([run.signal, ending.signal]));
  machine.then(
    (result) => gone.abort(endedEarly(result)),
    (error: unknown) => gone.abort(error),
  );
  try {
    const host = await connect(run, signal);
    try {
      await work(host);
      // The connection ends with the machine, maybe before it has answered.
      await host.run({ name: "poweroff", script: "sync; poweroff" }).catch(() => undefined);
    } finally {
      await host.close();
    }
    await offWithin(OFF[run.machine.emulator.acceleration], machine);
  } catch (error) {
    run.signal.throwIfAborted();
    throw await withConsole(error, run.machine.console);
  } finally {
    ending.abort(new Error("the machine is not needed any more"));
    await machine.catch(() => undefined);
  }
}

function startMachine({ machine, log, children }: GuestRun, signal: AbortSignal): Promise<LocalResult> {
  const { program } = machine.emulator;
  const args = machineArguments(machine);
  log(`$ ${program} ${args.join(" ")}`);
  return runLocal({
    ...{ program, args, signal, notes: children, onLine: (line) => log(line) },
    missing: { message: `${program} is not on this computer`, hints: [] },
  });
}

function connect({ machine, privateKey, onWait, log }: GuestRun, signal: AbortSignal): Promise<RemoteHost> {
  const target = {
    ...{ name: "box", address: "127.0.0.1", port: machine.port, user: "root", become: "none" as const },
    ...{ privateKeys: [privateKey], hostKey: "" },
  };
  return connectSsh(target, {
    // Its keys are as new as the machine, and only this computer's loopback lies between.
    hostKeys: unwritten(openHostKeys(`${machine.console}.known_hosts`)),
    ...{ signal, log, onReason: onWait, connectTimeout: 15_000 },
    retry: { atMost: BOOT[machine.emulator.acceleration], every: 1000 },
  });
}

async function offWithin(milliseconds: number, machine: Promise<LocalResult>): Promise<void> {
  const limit = new AbortController();
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => {
      reject(new AlpineK8sError("timeout", `the machine was not off ${milliseconds / 1000} s after it was told to`));
    }, milliseconds);
    limit.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  try {
    await Promise.race([machine, late]);
  } finally {
    limit.abort();
  }
}

function endedEarly({ exitCode, stderr }: LocalResult): AlpineK8sError {
  const why = stderr.trim().split("\n").at(-1) ?? "";
  return new AlpineK8sError(
    "node",
    `the machine has ended (QEMU's exit code ${exitCode})${why === "" ? "" : `: ${why}`}`,
  );
}

async function withConsole(error: unknown, path: string): Promise<AlpineK8sError> {
  const lines = await consoleTail(path);
  const shown = lines.length === 0 ? "it has shown nothing there" : `\n  ${lines.join("\n  ")}`;
  const kind = error instanceof AlpineK8sError ? error.kind : "bug";
  const hints = error instanceof AlpineK8sError ? error.hints.filter((hint) => !hint.includes("ssh -p ")) : [];
  return new AlpineK8sError(kind, `${messageOf(error)}; the end of its serial console: ${shown}`, {
    hints: [...hints, `all of it: ${path}`],
    cause: error,
  });
}
