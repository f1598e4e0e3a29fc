import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { eachChunk, leastBytes } from "./each-chunk.js";
import { httpGet, Unreachable, type HttpOptions, type Rest } from "./http-get.js";

/** Cuts after which a download is given up, however far it has come. */
const MOST_CUTS = 20;
/** Milliseconds by which the pause before each further attempt grows; the first is made at once. */
const PAUSE = 1000;

/** Where the bytes of a file go. */
interface Receiver {
  /** Bytes after which the file is refused. */
  readonly limit: number;
  /**
   * The file begins: what came before is no part of it. That happens again when a download cannot go on where it was
   * cut. `all` is the file's size, when the server says it.
   */
  readonly begin: (all: number | undefined) => Promise<void> | void;
  readonly take: (chunk: Buffer) => Promise<void> | void;
}

/**
 * Gets a file by {@link httpGet}, and throws as that does. When the connection breaks or stalls, goes on where it ended,
 * if the server has named the file's version (a strong ETag, RFC 9110 8.8.3): a file that has changed meanwhile, or a
 * server that sends no parts, begins anew. Gives up after a second attempt, or a later one, that brought hardly anything.
 * Whether all is right only a sum of the whole can tell, which is the caller's to check.
 */
export async function getFile(url: string, options: HttpOptions, receiver: Receiver): Promise<void> {
  let done = 0;
  let all: number | undefined;
  let version: string | undefined;
  const hardly = leastBytes(options);
  const onChunk = async (chunk: Buffer): Promise<void> => {
    await receiver.take(chunk);
    done += chunk.length;
  };
  const where = (): string => ` after ${done} of ${all ?? "?"} bytes`;
  for (let cuts = 0; ; cuts += 1) {
    const from = done;
    const rest: Rest | undefined = version === undefined || from === 0 ? undefined : { from, version };
    try {
      const response = await httpGet(url, options, rest);
      if (response.statusCode !== 206) {
        [done, all, version] = [0, sizeOf(response), versionOf(response)];
        await receiver.begin(all);
      }
      return await eachChunk(url, response, options, { limit: receiver.limit, from: done, onChunk, where });
    } catch (error) {
      const isStuck = cuts > 0 && done - from < hardly;
      if (!(error instanceof Unreachable) || version === undefined || isStuck || cuts === MOST_CUTS) throw error;
    }
    await sleep(cuts * PAUSE, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted());
  }
}

function sizeOf({ headers }: IncomingMessage): number | undefined {
  const length = Number(headers["content-length"] ?? Number.NaN);
  return Number.isFinite(length) ? length : undefined;
}

/** Only a strong ETag promises the same bytes; a weak one begins with `W/`. */
function versionOf({ headers }: IncomingMessage): string | undefined {
  const { etag = "" } = headers;
  return headers["accept-ranges"] !== "none" && /^"[\x21\x23-\x7e]*"$/.test(etag) ? etag : undefined;
}
