/** What went wrong in broad terms; decides the exit code. */
export type ErrorKind =
  | "bug"
  | "usage"
  | "conflict"
  | "prerequisite"
  | "locked"
  | "node"
  | "unhealthy"
  | "timeout"
  | "declined"
  | "interrupted";

/**
 * The one map from kinds of failure to exit codes. The help section "Exit codes" and docs/exit-codes.md are
 * checked against it by a test.
 */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  bug: 1,
  usage: 2,
  conflict: 2,
  prerequisite: 3,
  locked: 3,
  node: 4,
  unhealthy: 4,
  timeout: 5,
  declined: 6,
  interrupted: 130,
};

export interface ErrorDetails {
  /** Commands or changes to try next, each one line. */
  readonly hints?: readonly string[];
  /** The node that failed, when one did. */
  readonly node?: string;
  /** Where the whole story was written. */
  readonly logFile?: string;
  readonly cause?: unknown;
}

/**
 * A failure that a user can act on. `message` says what failed, on which node and why; `hints` say what to type
 * next. oclif reads `code`, `suggestions` and `oclif.exit` when it prints one, so nothing here imports oclif.
 */
export class AlpineK8sError extends Error {
  readonly kind: ErrorKind;
  readonly hints: readonly string[];
  readonly node: string | undefined;
  readonly logFile: string | undefined;
  readonly oclif: { readonly exit: number };

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AlpineK8sError";
    this.kind = kind;
    this.hints = details.hints ?? [];
    this.node = details.node;
    this.logFile = details.logFile;
    this.oclif = { exit: EXIT_CODES[kind] };
  }

  get suggestions(): readonly string[] {
    return this.hints;
  }
}

/** The error's message, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Weights of kinds when several nodes failed at once: the worst decides the exit code. */
const GRAVITY: readonly ErrorKind[] = [
  "interrupted",
  "bug",
  "usage",
  "conflict",
  "prerequisite",
  "locked",
  "node",
  "unhealthy",
  "timeout",
  "declined",
];

function kindOf(error: unknown): ErrorKind {
  return error instanceof AlpineK8sError ? error.kind : "bug";
}

/**
 * Folds the failures of several nodes into one error: a line per node, the hints of all, and the kind of the worst.
 * A single failure is returned as it is. Precondition: at least one failure.
 */
export function combineFailures(what: string, failures: readonly { node: string; error: unknown }[]): Error {
  const [first] = failures;
  if (failures.length === 1 && first?.error instanceof AlpineK8sError) return first.error;
  const kinds = failures.map((failure) => kindOf(failure.error));
  const kind = GRAVITY.find((candidate) => kinds.includes(candidate)) ?? "bug";
  const lines = failures.map((failure) => `  ${failure.node}: ${messageOf(failure.error)}`);
  const hints = failures.flatMap((failure) => (failure.error instanceof AlpineK8sError ? failure.error.hints : []));
  return new AlpineK8sError(kind, [`${what} failed on ${failures.length} node(s):`, ...lines].join("\n"), {
    hints: [...new Set(hints)],
    cause: first?.error,
  });
}
