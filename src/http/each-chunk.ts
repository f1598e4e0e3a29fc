import type { IncomingMessage } from "node:http";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { withoutPassword } from "../base/hide-logins.js";
import { failureOf, type HttpOptions } from "./http-get.js";

/** Bytes a second. */
const LEAST_SPEED = 50;

/** Bytes that have to come while a connection may stall; one that brings less is given up. */
export function leastBytes({ stall }: Pick<HttpOptions, "stall">): number {
  return (LEAST_SPEED * stall) / 1000;
}

export interface Body {
  /** Bytes after which the file is refused. */
  readonly limit: number;
  /** Bytes of the file that came before, with another answer. */
  readonly from: number;
  readonly onChunk: (chunk: Buffer) => Promise<void>;
  /** How far it has come, in words behind an error. */
  readonly where: () => string;
}

/**
 * Hands out the body of an answer while it comes. A connection that breaks, stalls or drips is an error in words, with
 * `where` behind it; what `onChunk` throws of ours stays what it is. Throws `node` for a body past the limit.
 */
export async function eachChunk(
  url: string,
  response: IncomingMessage,
  options: HttpOptions,
  { limit, from, onChunk, where }: Body,
): Promise<void> {
  let size = from;
  let before = from;
  const watch = setInterval(() => {
    if (size - before < leastBytes(options))
      response.destroy(new Error(`it comes at less than ${LEAST_SPEED} bytes a second`));
    before = size;
  }, options.stall);
  try {
    for await (const chunk of response) {
      size += (chunk as Buffer).length;
      if (size > limit) throw tooLarge(url, limit, options);
      await onChunk(chunk as Buffer);
    }
  } catch (error) {
    if (error instanceof AlpineK8sError) throw error;
    throw failureOf(new URL(url), new Error(`${broken(error)}${where()}`, { cause: error }), options);
  } finally {
    clearInterval(watch);
  }
}

function tooLarge(url: string, limit: number, { hints }: HttpOptions): AlpineK8sError {
  return new AlpineK8sError("node", `cannot use ${withoutPassword(url)}: it is larger than ${limit} bytes`, {
    hints: hints?.refused ?? [],
  });
}

function broken(error: unknown): string {
  return messageOf(error) === "aborted" ? "the connection ended early" : messageOf(error);
}
