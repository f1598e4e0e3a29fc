import { RemoteCommandError } from "../../src/remote/remote-command-error.js";
import type { FileOptions, RemoteCommand, RemoteHost, RemoteResult } from "../../src/remote/remote-host.js";

/** What a fake command answers: the text of stdout, or the parts of the result that are not empty or 0. */
type FakeAnswer = string | Partial<RemoteResult>;
export type FakeHandler = FakeAnswer | ((command: RemoteCommand) => FakeAnswer | Promise<FakeAnswer>);

export interface FakeFile {
  readonly content: string;
  readonly mode: number;
}

/**
 * A machine for tests of whole operations. It refuses every unknown command, so that no typo passes.
 * Several hosts may share one transcript: `master1$ facts` for a command, `master1< /path (644) written` for a file,
 * `master1 closed`.
 */
export class FakeHost implements RemoteHost {
  readonly commands: RemoteCommand[] = [];
  readonly files = new Map<string, FakeFile>();
  readonly #always = new Map<string, FakeHandler>();
  readonly #once = new Map<string, FakeHandler[]>();
  #closed = false;

  constructor(
    readonly name: string,
    readonly transcript: string[] = [],
  ) {}

  /** Answers every command of this name. */
  on(commandName: string, handler: FakeHandler): this {
    this.#always.set(commandName, handler);
    return this;
  }

  /** Answers the next command of this name. Several handlers are used in order, and before that of `on`. */
  once(commandName: string, handler: FakeHandler): this {
    this.#once.set(commandName, [...(this.#once.get(commandName) ?? []), handler]);
    return this;
  }

  async run(command: RemoteCommand): Promise<RemoteResult> {
    command.signal?.throwIfAborted();
    this.#refuseWhenClosed(command.name);
    this.transcript.push(`${this.name}$ ${command.name}`);
    this.commands.push(command);
    const handler = this.#once.get(command.name)?.shift() ?? this.#always.get(command.name);
    if (handler === undefined) throw new Error(this.#unknown(command.name));
    const answer = typeof handler === "function" ? await handler(command) : handler;
    const given = typeof answer === "string" ? { stdout: answer } : answer;
    const result: RemoteResult = { exitCode: 0, stdout: "", stderr: "", ...given };
    for (const stream of ["stdout", "stderr"] as const) {
      for (const line of linesOf(result[stream])) command.onLine?.(line, stream);
    }
    command.signal?.throwIfAborted();
    if (result.exitCode !== 0) throw new RemoteCommandError({ ...result, node: this.name, command: command.name });
    return result;
  }

  async putFile(
    path: string,
    content: string | Uint8Array,
    options: FileOptions = {},
  ): Promise<"written" | "unchanged"> {
    options.signal?.throwIfAborted();
    this.#refuseWhenClosed(path);
    const file = { content: Buffer.from(content).toString(), mode: options.mode ?? 0o644 };
    const before = this.files.get(path);
    const outcome = before?.content === file.content && before.mode === file.mode ? "unchanged" : "written";
    this.files.set(path, file);
    this.transcript.push(`${this.name}< ${path} (${file.mode.toString(8)}) ${outcome}`);
    return Promise.resolve(outcome);
  }

  openPort(address: string, port: number): Promise<never> {
    return Promise.reject(new Error(`fake host ${this.name} was not told about ${address}:${port}`));
  }

  close(): Promise<void> {
    if (!this.#closed) this.transcript.push(`${this.name} closed`);
    this.#closed = true;
    return Promise.resolve();
  }

  #refuseWhenClosed(what: string): void {
    if (this.#closed) throw new Error(`fake host ${this.name} is closed, but was asked for "${what}"`);
  }

  #unknown(commandName: string): string {
    const told = [...new Set([...this.#always.keys(), ...this.#once.keys()])].map((known) => `"${known}"`);
    return `fake host ${this.name} was not told about "${commandName}"; it knows ${told.join(", ") || "nothing"}`;
  }
}

function linesOf(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
