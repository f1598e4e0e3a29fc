import { AlpineK8sError } from "../base/errors.js";

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

  constructor(what: string, status: number, reason: string, message: string, more: KubeErrorDetails = {}) {
    const { cause, causes = [] } = more;
    const answer = [status === 0 ? "" : String(status), reason].filter((part) => part !== "").join(" ");
    super("unhealthy", `${what}: ${message}${answer === "" ? "" : ` (${answer})`}`, {
      hints: hintsFor(status),
      ...(cause === undefined ? {} : { cause }),
    });
    this.name = "KubeError";
    this.status = status;
    this.reason = reason;
    this.causes = causes;
  }
}

interface KubeErrorDetails {
  readonly cause?: unknown;
  readonly causes?: readonly string[];
}

function hintsFor(status: number): readonly string[] {
  if (status === 401)
    return ["the API does not accept the credentials: remove admin.config and run: alpine-k8s kubectl-config"];
  return status === 0 || status >= 500 ? ["alpine-k8s status"] : [];
}

/** Characters of the API's words that are shown: a webhook may say anything. */
const LONGEST_MESSAGE = 4_000;

interface StatusBody {
  readonly kind?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
}

/** The error for an answer with a failure status; `body` is a Status object or plain text. */
export function errorFromAnswer(what: string, status: number, body: string): KubeError {
  const parsed = statusBody(body);
  const reason = typeof parsed?.reason === "string" ? cut(parsed.reason, 100) : "";
  const message = typeof parsed?.message === "string" ? cut(parsed.message, LONGEST_MESSAGE) : lastWords(body);
  const causes = reasonsOf(parsed?.details);
  return new KubeError(what, status, reason, message === "" ? "the API refused" : message, { causes });
}

/** The error when no answer came: connection refused, time-out, certificate not trusted. */
export function unreachable(what: string, why: string, cause?: unknown): KubeError {
  return new KubeError(what, 0, UNREACHABLE, why, { cause });
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)} [cut: it has ${text.length} characters]`;
}

/** A server may say anything: what is no list of causes says nothing. */
function reasonsOf(details: unknown): readonly string[] {
  const causes = (details as { readonly causes?: unknown } | null | undefined)?.causes;
  if (!Array.isArray(causes)) return [];
  return causes.flatMap((one: { readonly reason?: unknown } | null) =>
    typeof one?.reason === "string" ? [one.reason] : [],
  );
}

function statusBody(body: string): StatusBody | undefined {
  try {
    const parsed = JSON.parse(body) as unknown;
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function lastWords(body: string): string {
  const lines = body.trim().split("\n");
  return lines.slice(-5).join(" / ").slice(0, 500);
}
