import { spawn, type ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";

/** The checkout. */
export const ROOT = resolve(import.meta.dirname, "../../..");

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Outcome>;
  output(): string;
}

export interface StartOptions {
  readonly input?: string | undefined;
  /** Variables besides those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the checkout. */
  readonly cwd?: string;
}

/** Starts a program of this computer; its output is collected. */
export function start(program: string, args: readonly string[], options: StartOptions = {}): Running {
  const started = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, NO_COLOR: "1", CI: "true", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined).end(options.input);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const done = new Promise<Outcome>((onDone, onError) => {
    child.on("error", onError);
    child.on("close", (code) =>
      onDone({ code: code ?? 1, stdout, stderr, milliseconds: Math.round(performance.now() - started) }),
    );
  });
  return { child, done, output: () => stdout + stderr };
}

/** The command ended with 0; otherwise the assertion shows the end of its output. */
export function expectDone(outcome: Outcome): void {
  const last = outcome.code === 0 ? "" : (outcome.stdout + outcome.stderr).slice(-3000);
  expect({ code: outcome.code, last }).toEqual({ code: 0, last: "" });
}

/** Resolves when the check holds; throws after `atMost` milliseconds, with what was checked and what was seen last. */
export async function waitFor(
  what: string,
  check: () => boolean | Promise<boolean>,
  atMost = 300_000,
  seen: () => string = () => "",
): Promise<void> {
  const started = performance.now();
  while (!(await check())) {
    if (performance.now() - started > atMost) {
      throw new Error([`not within ${atMost / 1000} s: ${what}`, seen()].filter((part) => part !== "").join("\n"));
    }
    await sleep(200);
  }
}

/** Quotes a text as one word for a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
