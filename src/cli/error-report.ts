import { AlpineK8sError, asKnown, EXIT_CODES, messageOf } from "../base/errors.js";

interface OclifError {
  readonly code?: unknown;
  readonly oclif?: { readonly exit?: unknown };
}

/** Whether the error comes from `this.exit(code)`, which is not a failure. */
export function isExit(error: unknown): boolean {
  return (error as OclifError | null | undefined)?.code === "EEXIT";
}

/** Any error as an AlpineK8sError: what oclif refused on the command line is `usage`, anything unknown is `bug`. */
export function asOwnError(error: unknown, command: string): AlpineK8sError {
  const known = asKnown(error);
  if (known) return known;
  if ((error as OclifError | null | undefined)?.oclif?.exit === 2) {
    return new AlpineK8sError("usage", oneLine(messageOf(error)), { hints: [`alpine-k8s ${command} --help`] });
  }
  return new AlpineK8sError("bug", messageOf(error), {
    hints: ["please report it, with what was typed and the lines above"],
    cause: error,
  });
}

/** oclif's message without its frame and line breaks. */
function oneLine(message: string): string {
  return message
    .replace(/^The following errors? occurred:\s*/, "")
    .replace(/\s*See more help with --help$/, "")
    .replaceAll(/\s*\n\s*/g, ": ");
}

/** The error as `-o json` prints it; documented in docs/json.md. */
export function errorDocument(error: AlpineK8sError): Record<string, unknown> {
  return {
    kind: error.kind,
    exitCode: EXIT_CODES[error.kind],
    message: error.message,
    ...(error.node === undefined ? {} : { node: error.node }),
    ...(error.logFile === undefined ? {} : { logFile: error.logFile }),
    hints: error.hints,
  };
}

/** The error as people read it: what, why, the log, what to type next. A bug also shows where it happened. */
export function errorText(error: AlpineK8sError): string {
  const stack = error.kind === "bug" && error.cause instanceof Error ? (error.cause.stack ?? "") : "";
  return [
    ...(stack === "" ? [] : [stack]),
    `Error: ${error.message}`,
    ...(error.logFile === undefined ? [] : [`Log: ${error.logFile}`]),
    ...(error.hints.length === 0 ? [] : ["Try:", ...error.hints.map((hint) => `  ${hint}`)]),
  ].join("\n");
}

/** Whether the command line asks for JSON. Read before parsing, because a refused flag is reported as JSON, too. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  return words.some((word, index) => {
    if (/^(-o=?|--output=)json$/.test(word)) return true;
    return word === "json" && /^(-o|--output)$/.test(words[index - 1] ?? "");
  });
}
