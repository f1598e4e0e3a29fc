import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { vi } from "vitest";

export interface Answer {
  /** All arguments, joined by spaces, without the final `--machine-readable`; `{folder}` is the cluster folder. */
  readonly args: string;
  readonly stdout?: readonly (string | { readonly line: string; readonly afterMs: number })[];
  readonly stderr?: string;
  readonly exit?: number;
  /** Files that it makes below the cluster folder, each with the id of a machine that is being made. */
  readonly puts?: readonly string[];
  /** Lines printed before it ends on INT; without them it ignores INT. */
  readonly onInt?: readonly string[];
}

interface Call {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly refused?: boolean;
}

export interface FakeVagrant {
  /** An empty cluster folder. */
  readonly folder: string;
  /** The command lines so far. */
  commands(): readonly string[];
  calls(): readonly Call[];
  /** Makes a file below the folder. */
  put(path: string, text?: string): void;
}

/** Puts the fake program first on PATH. It refuses other commands; answers for the same arguments are used in order. */
export function fakeVagrant(answers: readonly Answer[]): FakeVagrant {
  const control = mkdtempSync(join(tmpdir(), "fake-vagrant-"));
  const folder = mkdtempSync(join(tmpdir(), "cluster-"));
  const told = answers.map((answer) => ({
    ...answer,
    args:
      answer.args === "--version" ? answer.args : `${answer.args.replaceAll("{folder}", folder)} --machine-readable`,
  }));
  writeFileSync(join(control, "answers.json"), JSON.stringify(told));
  writeFileSync(join(control, "calls.jsonl"), "");
  vi.stubEnv("PATH", `${join(import.meta.dirname, "fake")}:${process.env["PATH"] ?? ""}`);
  vi.stubEnv("FAKE_VAGRANT", control);
  const calls = (): Call[] =>
    readFileSync(join(control, "calls.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Call);
  return {
    folder,
    calls,
    commands: () => calls().map(({ args }) => args.filter((arg) => arg !== "--machine-readable").join(" ")),
    put: (path, text = "") => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
  };
}

/** Lines of a recorded output. */
export function recorded(name: string): string[] {
  return readFileSync(join(import.meta.dirname, "fixtures", `${name}.txt`), "utf8")
    .trimEnd()
    .split("\n");
}
