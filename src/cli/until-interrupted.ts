import type { Writable } from "node:stream";
import { AlpineK8sError } from "../base/errors.js";

/**
 * Waits for work that has no end of its own. Returns `interrupted` when the user ended it, and `reader gone` when nobody
 * reads `out` any more, on which the signal that the work was given aborts. Other errors of the work are thrown.
 */
export async function untilInterrupted(
  out: Writable,
  work: (readerGone: AbortSignal) => Promise<unknown>,
): Promise<"interrupted" | "reader gone"> {
  const readerGone = new AbortController();
  const onError = (): void => readerGone.abort(new AlpineK8sError("interrupted", "the reader has gone"));
  out.once("error", onError);
  try {
    await work(readerGone.signal);
  } catch (error) {
    if (!(error instanceof AlpineK8sError) || error.kind !== "interrupted") throw error;
  } finally {
    out.off("error", onError);
  }
  return readerGone.signal.aborted ? "reader gone" : "interrupted";
}
