import { setMaxListeners } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { resolve } from "node:path";
import { Command, Flags } from "@oclif/core";
import type { Plan } from "../engine/item.js";
import type { RunInput } from "../engine/run-input.js";
import type { Tools } from "../engine/tools.js";
import { AlpineK8sError, EXIT_CODES, messageOf } from "../base/errors.js";
import { makeFolder } from "../base/files.js";
import { asOwnError, errorDocument, errorText, isExit, wantsJson } from "./error-report.js";
import { dirHint } from "./dir-hint.js";
import { planDocument, planText, WOULD_CHANGE } from "./plan-flags.js";
import { printable, printableJson } from "../base/printable.js";
import type { Progress } from "../base/progress.js";
import { plainProgress } from "./progress/plain.js";
import { terminalProgress } from "./progress/terminal.js";

interface CommonFlags {
  readonly dir: string;
  readonly verbose: boolean;
  readonly output?: string | undefined;
}

export const dirFlag = Flags.string({ description: "the cluster folder", default: ".", helpValue: "FOLDER" });
export const verboseFlag = Flags.boolean({ description: "also show what the nodes say", default: false });
export const outputFlag = Flags.string({
  char: "o",
  description: "format of the result on standard output",
  options: ["text", "json"],
  default: "text",
});

/**
 * Runs one operation for a command: progress goes to standard error, the result to standard output; the first
 * Ctrl-C (or TERM) asks the operation to end and waits for it, the second ends everything at once.
 */
export abstract class BaseCommand extends Command {
  /** What the operation works with; tests replace it. Imported here, so that help and version do not wait for it. */
  protected async tools(): Promise<Tools> {
    const { systemTools } = await import("./system-tools.js");
    return systemTools();
  }

  /** Whether a missing `--dir` is created; commands that only read or remove refuse it. */
  protected makesFolder = false;

  private isDryRun = false;

  /** Whether Ctrl-C is the usual end of the command, so that nobody needs to be told what it does. */
  protected readonly endsByInterrupt: boolean = false;

  /** The words after `alpine-k8s` that continue an interrupted run. */
  protected again(): string {
    return this.words() || "up";
  }

  protected async operate<T>(flags: CommonFlags, operation: (input: RunInput) => Promise<T>): Promise<T> {
    const asked = new AbortController();
    // Every node listens; Node warns at eleven.
    setMaxListeners(0, asked.signal);
    const progress = this.progressFor(flags);
    const onSignal = (): void => {
      if (asked.signal.aborted) {
        if ("stop" in progress) progress.stop();
        process.exit(EXIT_CODES.interrupted);
      }
      if (!this.endsByInterrupt) progress.warn("stopping; waiting for running work to end (again to stop at once)");
      const hints = [`to continue: alpine-k8s ${this.again()}`];
      asked.abort(new AlpineK8sError("interrupted", "interrupted", { hints }));
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
    try {
      const folder = await this.folder(flags);
      return await operation({ folder, tools: await this.tools(), progress, signal: asked.signal });
    } finally {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
      if ("stop" in progress) progress.stop();
    }
  }

  /** Says what the command would do and ends with the exit code that was asked for. A folder is not made for that. */
  protected async plan(
    flags: CommonFlags & { readonly "exit-code": boolean },
    operation: (input: RunInput) => Promise<Plan>,
  ): Promise<void> {
    this.isDryRun = true;
    const plan = await this.operate(flags, operation);
    this.print(flags, planDocument(plan), () => planText(plan));
    const changes = plan.steps.some(({ items }) => items.length > 0);
    if (flags["exit-code"] && changes) this.exit(WOULD_CHANGE);
  }

  /** The cluster folder, for commands that neither ask a node nor take long. */
  protected folder(flags: Pick<CommonFlags, "dir">): Promise<string> {
    if (this.makesFolder && this.isDryRun && !existsSync(flags.dir)) return Promise.resolve(resolve(flags.dir));
    return folderOf(flags.dir, this.makesFolder && !this.isDryRun);
  }

  /** Prints the result: the JSON document, or the text. */
  protected print(flags: Pick<CommonFlags, "output">, result: unknown, text: () => string): void {
    if (flags.output === "json") return this.log(printableJson(result));
    const { next = [] } = (result ?? {}) as { readonly next?: readonly string[] };
    this.log([text(), ...dirHint(this.argv, next).map((line) => `  ${line}`)].join("\n"));
  }

  override log(text = ""): void {
    super.log(printable(text));
  }

  override logToStderr(text = ""): void {
    super.logToStderr(printable(text));
  }

  /** The command as it is typed; oclif joins its words by colons. */
  private words(): string {
    return (this.id ?? "").replaceAll(":", " ");
  }

  private progressFor(flags: CommonFlags): Progress | ReturnType<typeof terminalProgress> {
    const options = { verbose: flags.verbose };
    if (process.stderr.isTTY && process.env["CI"] === undefined) return terminalProgress(process.stderr, options);
    return plainProgress((text) => process.stderr.write(text), options);
  }

  /** Adds the hint that the suggested commands need `--dir`, unless the current folder is the cluster's. */
  private fromHere(error: AlpineK8sError): AlpineK8sError {
    const { kind, message, hints, node, logFile, cause } = error;
    const more = dirHint(this.argv, hints);
    if (more.length === 0) return error;
    return new AlpineK8sError(kind, message, {
      ...{ hints: [...hints, ...more], cause },
      ...(node === undefined ? {} : { node }),
      ...(logFile === undefined ? {} : { logFile }),
    });
  }

  protected override catch(error: Error & { exitCode?: number }): Promise<void> {
    if (isExit(error)) throw error;
    const own = this.fromHere(asOwnError(error, this.words()));
    if (wantsJson(this.argv)) this.log(printableJson({ error: errorDocument(own) }));
    this.logToStderr(errorText(own));
    return this.exit(EXIT_CODES[own.kind]);
  }
}

/** The folder's path with links resolved. With `make` a missing folder is created, so that `up --dir new` works. */
async function folderOf(dir: string, make: boolean): Promise<string> {
  const folder = resolve(dir);
  try {
    if (make) await makeFolder(folder);
    else await (await opendir(folder)).close();
  } catch (error) {
    throw unusableFolder(dir, error);
  }
  return realpathSync(folder);
}

function unusableFolder(dir: string, error: unknown): AlpineK8sError {
  const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
  return new AlpineK8sError("usage", `--dir ${dir}: ${missing ? "there is no such folder" : messageOf(error)}`, {
    hints: missing ? ["check the name; alpine-k8s up --dir FOLDER makes a new cluster's folder"] : [],
    cause: error,
  });
}
