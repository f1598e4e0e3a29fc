import { AlpineK8sError } from "../base/errors.js";
import { conflictsIn, type FieldConflict } from "./apply/field-conflicts.js";
import { fieldsOf, groupsIn, textOf, type Fields } from "./fields.js";

/** Reason of a {@link KubeError} when no answer came at all. */
export const UNREACHABLE = "Unreachable";

/** The API refused a request, or could not be asked (status 0, reason `Unreachable`). */
export class KubeError extends AlpineK8sError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Reason of the API's Status object, `NotFound`, `Forbidden`, …; empty when it gave none. */
  readonly reason: string;
  /** Reasons in the details of that object, such as `NamespaceTerminating`. */
  readonly causes: readonly string[];
  /** Fields of other managers that an apply without force would have changed. */
  readonly conflicts: readonly FieldConflict[];

  constructor(what: string, status: number, reason: string, message: string, more: KubeErrorDetails = {}) {
    const { cause, causes = [], conflicts = [] } = more;
    const answer = [status === 0 ? "" : String(status), reason].filter((part) => part !== "").join(" ");
    super("unhealthy", `${what}: ${message}${answer === "" ? "" : ` (${answer})`}`, {
      hints: hintsFor(status),
      ...(cause === undefined ? {} : { cause }),
    });
    this.name = "KubeError";
    this.status = status;
    this.reason = reason;
    this.causes = causes;
    this.conflicts = conflicts;
  }
}

interface KubeErrorDetails {
  readonly cause?: unknown;
  readonly causes?: readonly string[];
  readonly conflicts?: readonly FieldConflict[];
}

function hintsFor(status: number): readonly string[] {
  if (status === 401)
    return ["the API does not accept the credentials: remove admin.config and run: alpine-k8s kubectl-config"];
  return status === 0 || status >= 500 ? ["alpine-k8s status"] : [];
}

/** Characters of the API's words that are shown: a webhook may say anything. */
const LONGEST_MESSAGE = 4_000;

/** The error for an answer with a failure status; `body` is a Status object or plain text. */
export function errorFromAnswer(what: string, status: number, body: string): KubeError {
  const { reason, message, details } = statusBody(body);
  const words = cut(textOf(message) ?? lastWords(body), LONGEST_MESSAGE);
  const causes = groupsIn(fieldsOf(details)["causes"]).flatMap((one) => textOf(one["reason"]) ?? []);
  return new KubeError(what, status, cut(textOf(reason) ?? "", 100), words === "" ? "the API refused" : words, {
    causes,
    conflicts: conflictsIn(details),
  });
}

/** The error when no answer came: connection refused, time-out, certificate not trusted. */
export function unreachable(what: string, why: string, cause?: unknown): KubeError {
  return new KubeError(what, 0, UNREACHABLE, why, { cause });
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)} [cut: it has ${text.length} characters]`;
}

/** The fields of the API's Status; none where the body is no JSON. */
export function statusBody(body: string): Fields {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    return {};
  }
}

function lastWords(body: string): string {
  const lines = body.trim().split("\n");
  return lines.slice(-5).join(" / ").slice(0, 500);
}
