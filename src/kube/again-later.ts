import { FIELD_CONFLICT } from "./apply/field-conflicts.js";
import { KubeError } from "./kube-error.js";

/**
 * What an error means for a request that may be sent again. `later`: the same request can succeed without anybody's
 * doing. `denied`: an admission webhook or policy of the cluster's says no; operators that move data first say so until
 * they have. `no`: it will not come by itself.
 */
export type Meaning = "later" | "denied" | "no";

interface Row {
  readonly means: Meaning;
  readonly status?: (status: number) => boolean;
  readonly reason?: string;
  /** A cause in the details of the API's Status. */
  readonly cause?: string;
  readonly words?: RegExp;
}

const is =
  (...wanted: readonly number[]) =>
  (status: number): boolean =>
    wanted.includes(status);

/** The first row that fits counts; what fits none is a no. */
const TABLE: readonly Row[] = [
  // A webhook chooses the status of its denial itself, a policy mostly.
  { means: "denied", words: /admission webhook ".*" denied the request|ValidatingAdmissionPolicy .* denied request/ },
  // Told with 500 and yet for ever: a field that the kind does not have, a store that is full.
  { means: "no", words: /failed to create typed patch object|mvcc: database space exceeded/ },
  { means: "no", status: is(501, 505) },
  // No answer: refused, cut off, too slow.
  { means: "later", status: is(0) },
  { means: "later", status: is(429) },
  { means: "later", status: is(403), cause: "NamespaceTerminating" },
  // A field that another manager owns, which it keeps.
  { means: "no", status: is(409), cause: FIELD_CONFLICT },
  // Somebody wrote in between. A name that is taken has the same status.
  { means: "later", status: is(409), reason: "Conflict" },
  // The list was so long that its next page is not kept any more.
  { means: "later", status: is(410), reason: "Expired" },
  // 500 also for a webhook that does not answer and a store that elects its leader, 503 while the API starts.
  { means: "later", status: (status) => status >= 500 },
];

/** What an error of a request to the API means; `no` for what is no answer of the API. */
export function meaningOf(error: unknown): Meaning {
  if (!(error instanceof KubeError)) return "no";
  return TABLE.find((row) => fits(row, error))?.means ?? "no";
}

/** Whether the same request can succeed without anybody's doing. */
export function comesLater(error: unknown): error is KubeError {
  return meaningOf(error) === "later";
}

/** The look of a wait: an answer that means "again later" is a reason to wait on. Everything else is thrown. */
export async function orWait(look: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await look();
  } catch (error) {
    if (comesLater(error)) return error.message;
    throw error;
  }
}

function fits(row: Row, { status, reason, causes, message }: KubeError): boolean {
  return (
    (row.status?.(status) ?? true) &&
    (row.reason ?? reason) === reason &&
    (row.cause === undefined || causes.includes(row.cause)) &&
    (row.words?.test(message) ?? true)
  );
}
