import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AlpineK8sError } from "../base/errors.js";
import { writeAtomically } from "../base/files.js";
import { withoutPassword } from "../base/hide-logins.js";
import { download, type Download } from "./download.js";

export interface FileRequest extends Download {
  /** Per-user cache, by the sums of what is in it. */
  readonly cacheFolder: string;
  /** Of the file's name in the cache: `yaml`. */
  readonly extension: string;
  /** Downloads nothing: uses only the cache. */
  readonly offline: boolean;
  /** Stores nothing. */
  readonly isOnlyRead?: boolean;
}

/**
 * A file of a URL with its sum: from the cache, where it is verified again, else downloaded. Throws what the download
 * throws, and `prerequisite` when it is only to be had online, and that is not wanted.
 */
export async function cachedFile(request: FileRequest): Promise<Buffer> {
  const { cacheFolder, extension, sha256, url } = request;
  const path = join(cacheFolder, `${sha256}.${extension}`);
  const stored = await readFile(path).catch(() => undefined);
  if (stored !== undefined && sumOf(stored) === sha256) return stored;
  if (request.offline) {
    throw new AlpineK8sError("prerequisite", `${withoutPassword(url)} is not in the cache ${cacheFolder}`, {
      hints: ["alpine-k8s up downloads it"],
    });
  }
  const bytes = await download(request);
  // When the cache cannot be written, the next run only has to download again.
  if (request.isOnlyRead !== true) await writeAtomically(path, bytes).catch(() => undefined);
  return bytes;
}

/** SHA-256 in lower-case hex. */
export function sumOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
