import { AlpineK8sError } from "../base/errors.js";

/** Reason of a {@link KubeError} when no answer came at all. */
export const UNREACHABLE = "Unreachable";

/** The API refused a request, or could not be asked (status 0, reason `Unreachable`). */
export class KubeError extends AlpineK8sError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Reason of the API's Status object, `NotFound`, `Forbidden`, …; empty when it gave none. */
  readonly reason: string;

  constructor(what: string, status: number, reason: string, message: string, cause?: unknown) {
    const answer = [status === 0 ? "" : String(status), reason].filter((part) => part !== "").join(" ");
    super("unhealthy", `${what}: ${message}${answer === "" ? "" : ` (${answer})`}`, {
      hints: hintsFor(status),
      ...(cause === undefined ? {} : { cause }),
    });
    this.name = "KubeError";
    this.status = status;
    this.reason = reason;
  }
}

function hintsFor(status: number): readonly string[] {
  if (status === 401)
    return ["the API does not accept the credentials: remove admin.config and run: alpine-k8s kubectl-config"];
  return status === 0 || status >= 500 ? ["alpine-k8s status"] : [];
}

interface StatusBody {
  readonly kind?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
}

/** The error for an answer with a failure status; `body` is a Status object or plain text. */
export function errorFromAnswer(what: string, status: number, body: string): KubeError {
  const parsed = statusBody(body);
  const reason = typeof parsed?.reason === "string" ? parsed.reason : "";
  const message = typeof parsed?.message === "string" ? parsed.message : lastWords(body);
  return new KubeError(what, status, reason, message === "" ? "the API refused" : message);
}

/** The error when no answer came: connection refused, time-out, certificate not trusted. */
export function unreachable(what: string, why: string, cause?: unknown): KubeError {
  return new KubeError(what, 0, UNREACHABLE, why, cause);
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
