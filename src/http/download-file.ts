import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { getFile } from "./get-file.js";
import type { HttpOptions } from "./http-get.js";

export interface FileDownload extends HttpOptions {
  readonly url: string;
  /** A file that is not there yet. */
  readonly path: string;
  readonly mode: number;
  readonly algorithm: "sha256" | "sha512";
  /** Bytes after which it is refused. */
  readonly limit: number;
  /** Bytes so far and in all; all is nothing when the server does not say. */
  readonly onBytes?: (done: number, all: number | undefined) => void;
  /** The error for a file that cannot be written. */
  readonly cannotWrite: (error: unknown) => Error;
}

/**
 * Downloads a URL by {@link getFile}, and throws as that does, into a new file that is synced when it is whole. Returns its
 * sum, lower-case hex. What came of it until a failure stays, for the caller to remove.
 */
export async function downloadFile(download: FileDownload): Promise<string> {
  const file = await open(download.path, "wx", download.mode).catch((error: unknown) => {
    throw download.cannotWrite(error);
  });
  try {
    const sum = await receive(download, file);
    await file.chmod(download.mode);
    await file.sync();
    return sum;
  } finally {
    await file.close();
  }
}

async function receive(download: FileDownload, file: FileHandle): Promise<string> {
  const { url, limit, algorithm } = download;
  let hash = createHash(algorithm);
  let done = 0;
  let all: number | undefined;
  const failed = (error: unknown): never => {
    throw download.cannotWrite(error);
  };
  await getFile(url, download, {
    limit,
    begin: async (size) => {
      const isAgain = done > 0;
      [hash, done, all] = [createHash(algorithm), 0, size];
      if (isAgain) await file.truncate().catch(failed);
    },
    take: async (chunk) => {
      hash.update(chunk);
      await writeAt(file, chunk, done).catch(failed);
      done += chunk.length;
      download.onBytes?.(done, all);
    },
  });
  return hash.digest("hex");
}

/** Writes all of it: the system may write a part at a time. */
async function writeAt(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < chunk.length)
    written += (await file.write(chunk, written, chunk.length - written, position + written)).bytesWritten;
}
