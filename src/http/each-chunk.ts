import { AlpineK8sError, messageOf } from "../base/errors.js";
import { failureOf, type HttpOptions } from "./http-get.js";

/**
 * Hands out the body of an answer while it comes. A connection that breaks or stalls is an error in words, with
 * `where` behind it; what `onChunk` throws of ours stays what it is.
 */
export async function eachChunk(
  url: string,
  response: AsyncIterable<unknown>,
  options: HttpOptions,
  onChunk: (chunk: Buffer) => Promise<void>,
  where = (): string => "",
): Promise<void> {
  try {
    for await (const chunk of response) await onChunk(chunk as Buffer);
  } catch (error) {
    if (error instanceof AlpineK8sError) throw error;
    throw failureOf(new URL(url), new Error(`${broken(error)}${where()}`, { cause: error }), options);
  }
}

function broken(error: unknown): string {
  return messageOf(error) === "aborted" ? "the connection ended early" : messageOf(error);
}
