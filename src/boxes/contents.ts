import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { extract, type Header } from "tar-stream";
import { AlpineK8sError, messageOf } from "../base/errors.js";

/** Bytes of a header, and of a step in which files are laid out, in a tar archive (POSIX pax). */
export const BLOCK = 512;

/** A file, folder or link of a box. */
export interface ContentEntry {
  /** From the root, without a slash ahead: `usr/bin/kubelet`. */
  readonly path: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file. */
  readonly bytes: number;
  /** Lower-case hex; of a file. */
  readonly sha256: string | null;
  /** Of a link. */
  readonly target: string | null;
}

/** What is in a box. */
export interface Contents {
  /** One sum of all that follows; two boxes with the same one are the same. */
  readonly digest: string;
  /** By path. */
  readonly entries: readonly ContentEntry[];
}

/**
 * Reads the archive of a tree, up to its end; what follows, the rest of a large disk, is not read. Times are left out: they are those of the build.
 * Throws `node` for what is no archive, has an end too early, or is empty.
 */
export async function readContents(path: string, signal: AbortSignal): Promise<Contents> {
  const file = await open(path);
  const entries: ContentEntry[] = [];
  const reader = extract();
  const stream = createReadStream(path, { highWaterMark: 1024 * 1024, signal });
  stream.on("error", (error) => reader.destroy(error));
  stream.pipe(reader);
  try {
    for await (const entry of reader) {
      const hash = createHash("sha256");
      let bytes = 0;
      for await (const chunk of entry) {
        hash.update(chunk as Buffer);
        bytes += (chunk as Buffer).length;
      }
      entries.push(entryOf(entry.header, bytes, hash.digest("hex")));
      if (await endsAt(file, entry.offset + BLOCK + Math.ceil(bytes / BLOCK) * BLOCK)) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new AlpineK8sError("node", `the machine wrote no whole archive of its tree: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    stream.destroy();
    await file.close();
  }
  if (entries.length === 0) {
    throw new AlpineK8sError("node", "no script of the recipe has written the machine's tree to the second disk", {
      hints: ["keep 90-export.sh of boxes/recipe as the last script of your own recipe"],
    });
  }
  entries.sort((one, other) => (one.path < other.path ? -1 : 1));
  return { digest: createHash("sha256").update(JSON.stringify(entries)).digest("hex"), entries };
}

function entryOf({ name, type, mode, uid, gid, linkname }: Header, bytes: number, sha256: string): ContentEntry {
  const isFile = type === "file" || type === "contiguous-file";
  return {
    ...{ path: pathInArchive(name), type: type ?? "file", mode: mode & 0o7777, uid, gid, bytes },
    ...{ sha256: isFile ? sha256 : null, target: linkname ?? null },
  };
}

/** Whether the archive ends here: with two blocks of zeros. */
async function endsAt(file: FileHandle, position: number): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2 * BLOCK, 1), 0, 2 * BLOCK, position);
  return bytesRead === 2 * BLOCK && buffer.every((byte) => byte === 0);
}

/** The path from the root, without a slash ahead or behind, of an entry that an archive calls `./usr/bin/`. */
export function pathInArchive(name: string): string {
  return name.replace(/^(\.?\/)+|^\.$/, "").replace(/\/$/, "");
}
