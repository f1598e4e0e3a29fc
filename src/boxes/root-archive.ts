import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createZstdCompress, createZstdDecompress } from "node:zlib";
import { extract, pack, type Header, type Pack } from "tar-stream";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { quoteSh } from "../base/quote.js";
import { BLOCK, pathInArchive } from "./contents.js";

const CHUNK = 1024 * 1024;

/** A file, folder or link of a tree: what a tar archive says of it, without times. */
export type RootEntry = Pick<Header, "name" | "type" | "mode" | "uid" | "gid" | "size" | "devmajor" | "devminor"> & {
  /** Of a link. */
  readonly linkname: string | null;
};

interface Placed {
  readonly entry: RootEntry;
  /** Where its bytes begin in the archive. */
  readonly offset: number;
}

/**
 * Writes the tree of an archive as one that depends on nothing but the tree: by path, without times, a file with several
 * names under the first of them. Packed with zstd; it appears as a whole or not at all. `count` is how many entries the
 * archive has; what follows them is not read. Throws `node` for what is no whole archive.
 */
export async function writeRoot(
  archive: { readonly path: string; readonly count: number },
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const placed = inOrder(await places(archive, signal));
  const temporary = `${to}.new`;
  const file = await open(archive.path);
  const tar = pack();
  const written = pipeline(tar, createZstdCompress(), createWriteStream(temporary), { signal });
  written.catch(() => undefined);
  try {
    for (const { entry, offset } of placed) await addFrom(file, offset, { tar, entry, signal });
    tar.finalize();
    await written;
    await rename(temporary, to);
  } catch (error) {
    tar.destroy();
    await written.catch(() => undefined);
    throw error;
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
}

/**
 * Gives every entry of such an archive, in its order, with its bytes; each has to be read before the next one comes. Throws
 * `node` for an archive that is not whole, and what `visit` throws.
 */
export async function eachOfRoot(
  root: string,
  signal: AbortSignal,
  visit: (entry: RootEntry, bytes: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const reader = extract();
  const read = pipeline(createReadStream(root, { highWaterMark: CHUNK }), createZstdDecompress(), reader, { signal });
  read.catch(() => undefined);
  try {
    for await (const source of reader) await visit(entryOf(source.header), source as AsyncIterable<Buffer>);
    await read;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AlpineK8sError) throw error;
    throw new AlpineK8sError("node", `the tree of the box, ${root}, cannot be read: ${messageOf(error)}`, {
      hints: [`build it again: rm ${quoteSh(root)}, then alpine-k8s box build`],
      cause: error,
    });
  }
}

/** Adds an entry with its bytes to an archive, as it stands, with the time 0. */
export async function addEntry(tar: Pack, entry: RootEntry, bytes: AsyncIterable<Buffer>): Promise<void> {
  // tar-stream takes a mode of 0 for none; this bit it leaves out.
  const { linkname, mode, ...rest } = entry;
  const header = { ...rest, mode: mode | 0o10000, mtime: new Date(0), ...(linkname === null ? {} : { linkname }) };
  const sink = tar.entry(header);
  await pipeline(bytes, sink);
}

function entryOf({ name, type, mode, uid, gid, size, devmajor, devminor, linkname }: Header): RootEntry {
  const path = pathInArchive(name);
  return {
    // Never an absolute path, whatever wrote the archive.
    ...{
      name: path === "" ? "." : path,
      type: type === "contiguous-file" ? "file" : type,
      mode: mode & 0o7777,
      uid,
      gid,
    },
    ...{ size: type === "file" || type === "contiguous-file" ? size : 0, devmajor, devminor },
    linkname: type === "link" ? pathInArchive(linkname) : type === "symlink" ? linkname : null,
  };
}

async function places(archive: { path: string; count: number }, signal: AbortSignal): Promise<readonly Placed[]> {
  const found: Placed[] = [];
  const reader = extract();
  const stream = createReadStream(archive.path, { highWaterMark: CHUNK, signal });
  stream.on("error", (error) => reader.destroy(error));
  stream.pipe(reader);
  try {
    for await (const source of reader) {
      found.push({ entry: entryOf(source.header), offset: source.offset + BLOCK });
      source.resume();
      if (found.length === archive.count) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new AlpineK8sError("node", `the archive of the tree cannot be read: ${messageOf(error)}`, { cause: error });
  } finally {
    stream.destroy();
  }
  return found;
}

/** By path. Which of a file's names has the bytes is chance in the archive that the machine wrote. */
function inOrder(placed: readonly Placed[]): readonly Placed[] {
  const sorted = [...placed].sort((one, other) => (one.entry.name < other.entry.name ? -1 : 1));
  const files = new Map(placed.filter(({ entry }) => entry.type === "file").map((one) => [one.entry.name, one]));
  const first = new Map<string, string>();
  return sorted.map((one) => {
    const { entry } = one;
    const isLink = entry.type === "link";
    const file = isLink ? files.get(entry.linkname ?? "") : one;
    if (file === undefined || (!isLink && entry.type !== "file")) return one;
    const ahead = first.get(file.entry.name);
    if (ahead === undefined) {
      first.set(file.entry.name, entry.name);
      return { entry: { ...file.entry, name: entry.name }, offset: file.offset };
    }
    return { entry: { ...file.entry, name: entry.name, type: "link", size: 0, linkname: ahead }, offset: 0 };
  });
}

async function addFrom(
  file: FileHandle,
  offset: number,
  { tar, entry, signal }: { readonly tar: Pack; readonly entry: RootEntry; readonly signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted();
  await addEntry(tar, entry, bytesAt(file, offset, entry.size));
}

async function* bytesAt(file: FileHandle, offset: number, size: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < size;) {
    const length = Math.min(CHUNK, size - done);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset + done);
    if (bytesRead === 0) throw new AlpineK8sError("node", "the archive of the tree ends too early");
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
