import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";

/** A file in a box: its text, or where it is. */
export interface BoxEntry {
  readonly name: string;
  readonly from: { readonly text: string } | { readonly path: string };
}

/**
 * Writes a Vagrant box, which is a tar archive (Vagrant's documentation, "Box File Format"): the small files first, as
 * Vagrant reads them first. It appears as a whole or not at all. `gzip` is for disks that are not packed themselves.
 */
export async function writeBox(
  path: string,
  entries: readonly BoxEntry[],
  { signal, gzip }: { readonly signal: AbortSignal; readonly gzip: boolean },
): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const tar = pack();
  const out = createWriteStream(temporary);
  const written = gzip ? pipeline(tar, createGzip(), out, { signal }) : pipeline(tar, out, { signal });
  written.catch(() => undefined);
  try {
    for (const { name, from } of entries) await add(tar, name, from, signal);
    tar.finalize();
    await written;
    await rename(temporary, path);
  } catch (error) {
    tar.destroy();
    await written.catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

async function add(
  tar: ReturnType<typeof pack>,
  name: string,
  from: BoxEntry["from"],
  signal: AbortSignal,
): Promise<void> {
  const mtime = new Date(0);
  if ("text" in from) {
    tar.entry({ name, mtime, mode: 0o644 }, from.text);
    return;
  }
  const { size } = await stat(from.path);
  const entry = tar.entry({ name, mtime, size, mode: 0o644 });
  await pipeline(createReadStream(from.path, { highWaterMark: 1024 * 1024 }), entry, { signal });
}
