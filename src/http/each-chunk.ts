import { AlpineK8sError, messageOf } from "../base/errors.js";
import { failureOf, type HttpOptions } from "./http-get.js";

/**
 * Passes each chunk of a response's body to `onChunk` as it arrives. Throws the error of `failureOf`, with `where()` at
 * the end of the reason, when the connection breaks or stalls; an AlpineK8sError of `onChunk` is thrown unchanged.
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
