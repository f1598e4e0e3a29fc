import { constants } from "node:os";
import { AlpineK8sError } from "./errors.js";

export interface InteractiveCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** What to type when the program cannot be started. */
  readonly hints: readonly string[];
}

const FORWARDED: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/**
 * Hands the terminal to a program and waits for it: it inherits our standard input and outputs, stays in our process
 * group, and gets the signals that we get. Resolves with its exit code, or with 128 plus the signal's number when a
 * signal ended it. Throws `prerequisite` when it cannot be started.
 */
export async function runInteractive({ program, args, env, hints }: InteractiveCommand): Promise<number> {
  const { execa } = await import("execa");
  const forward = (signal: NodeJS.Signals): void => {
    // A terminal signals the whole group: the program has the signal already, and a second one would mean "at once".
    if (process.stdin.isTTY && (signal === "SIGINT" || signal === "SIGQUIT")) return;
    child.kill(signal);
  };
  // Before the program starts: a signal in between would end us and leave it running.
  for (const signal of FORWARDED) process.on(signal, forward);
  const child = execa(program, [...args], { env, stdio: "inherit", reject: false, buffer: false });
  const result = await child.finally(() => {
    for (const signal of FORWARDED) process.off(signal, forward);
  });
  if (result.signal !== undefined) return 128 + constants.signals[result.signal];
  if (result.exitCode !== undefined) return result.exitCode;
  throw new AlpineK8sError(
    "prerequisite",
    `${program} cannot be started: ${"originalMessage" in result ? String(result.originalMessage) : "unknown reason"}`,
    { hints, cause: result },
  );
}
