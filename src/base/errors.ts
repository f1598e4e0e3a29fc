import { quoteSh } from "./quote.js";

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
 * The only mapping from error kinds to exit codes. A test checks the help section "Exit codes" and docs/exit-codes.md
 * against it.
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
  /** The full log: the run's folder, or the file of the node that failed. */
  readonly logFile?: string;
  readonly cause?: unknown;
}

/**
 * A failure that a user can act on. `message` says what failed, on which node and why; `hints` say what to type next.
 * oclif reads `suggestions` and `oclif.exit` when it prints the error, so nothing here imports oclif.
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

const NOT_ALLOWED = "check that this user may read and write it: ls -ld";
const NO_ROOM = "make room on this computer: df -h";
const IN_THE_WAY = "something else stands in its place; look at it: ls -ld";

/** Refusals of this computer's file system by error code, with the hint for each; the path is appended. */
const REFUSALS: Readonly<Record<string, string>> = {
  ...{ EACCES: NOT_ALLOWED, EPERM: NOT_ALLOWED, EROFS: NOT_ALLOWED },
  ...{ ENOSPC: NO_ROOM, EDQUOT: NO_ROOM },
  ...{ ENOTDIR: IN_THE_WAY, EISDIR: IN_THE_WAY, ELOOP: IN_THE_WAY, EEXIST: IN_THE_WAY },
};

/**
 * Returns an AlpineK8sError unchanged, and turns a refusal by this computer's file system (no rights, no room, a folder
 * where a file should be) into `prerequisite`. Returns undefined for any other error.
 */
export function asKnown(error: unknown): AlpineK8sError | undefined {
  if (error instanceof AlpineK8sError) return error;
  if (!(error instanceof Error)) return undefined;
  const { code = "", path, address, port } = error as NodeJS.ErrnoException & { address?: unknown; port?: unknown };
  const advice = REFUSALS[code];
  // Network errors use the same codes.
  if (advice === undefined || address !== undefined || port !== undefined) return undefined;
  const at = path === undefined ? "" : ` ${quoteSh(path)}`;
  return new AlpineK8sError("prerequisite", error.message, { hints: [advice + at], cause: error });
}

/** Kinds by severity, worst first: when several nodes fail at once, the worst decides the exit code. */
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
  return asKnown(error)?.kind ?? "bug";
}

/**
 * Folds the failures of several nodes into one error: a line per node, the hints of all, each with the nodes that it is
 * for, and the kind of the worst. A single failure that {@link asKnown} knows is returned by itself. Precondition: at
 * least one failure.
 */
export function combineFailures(what: string, failures: readonly { node: string; error: unknown }[]): Error {
  const [first] = failures;
  const only = failures.length === 1 ? asKnown(first?.error) : undefined;
  if (only) return only;
  const kinds = failures.map((failure) => kindOf(failure.error));
  const kind = GRAVITY.find((candidate) => kinds.includes(candidate)) ?? "bug";
  const lines = failures.map(({ node, error }) => `  ${about(node, messageOf(error)).replaceAll("\n", "\n  ")}`);
  return new AlpineK8sError(kind, [`${what} failed on ${failures.length} node(s):`, ...lines].join("\n"), {
    hints: hintsByNode(failures),
    cause: first?.error,
  });
}

/** The message with the node's name before it, once. */
export function about(node: string, message: string): string {
  return message.startsWith(`${node}: `) ? message : `${node}: ${message}`;
}

/** Commands for the cluster as a whole; what comes after all else begins with `then`. */
const FOR_ALL = /^(?:then: )?alpine-k8s /;
const LAST = "then";

/** Each hint once, with the nodes that it is for unless it is for all, or names its node itself. */
function hintsByNode(failures: readonly { node: string; error: unknown }[]): readonly string[] {
  const nodes = new Map<string, string[]>();
  for (const { node, error } of failures) {
    for (const hint of asKnown(error)?.hints ?? []) nodes.set(hint, [...(nodes.get(hint) ?? []), node]);
  }
  const hints = [...nodes].map(([hint, names]) => {
    const isForAll = names.length === failures.length || FOR_ALL.test(hint);
    return isForAll || names.every((name) => hint.includes(name)) ? hint : `${names.join(", ")}: ${hint}`;
  });
  return [...hints.filter((hint) => !hint.startsWith(LAST)), ...hints.filter((hint) => hint.startsWith(LAST))];
}
