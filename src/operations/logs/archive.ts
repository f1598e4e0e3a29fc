import { randomBytes } from "node:crypto";
import { link, open, rename, rm, stat } from "node:fs/promises";
import { once } from "node:events";
import { createGzip } from "node:zlib";
import { finished } from "node:stream/promises";
import { AlpineK8sError, messageOf } from "../../base/errors.js";
import { refuseSpecial, SECRET_MODE } from "../../base/files.js";
import { tarEnd, tarEntry } from "./tar.js";

/** A file in an archive, as it is reported. */
export interface ArchiveEntry {
  readonly name: string;
  /** Bytes, unpacked. */
  readonly bytes: number;
}

export interface Archive {
  add(name: string, text: string): Promise<void>;
}

/** Throws `usage` for a folder, and for an existing file unless forced. */
async function refuseTaken(path: string, force: boolean): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory() === true)
    throw new AlpineK8sError("usage", `${path} is a folder; give the name of a file`);
  if (existing !== undefined && !force) throw taken(path);
}

function taken(path: string): AlpineK8sError {
  return new AlpineK8sError("usage", `${path} exists already; it was left as it is`, {
    hints: ["give another name, or --force to replace it"],
  });
}

/**
 * Writes what `fill` adds into a .tar.gz of mode 0600, which appears as a whole or not at all. Throws `usage` when the
 * file exists, unless forced, and when its folder does not. What is added goes to the disk as it comes.
 */
export async function writeArchive(
  path: string,
  options: { readonly force: boolean; readonly modified: Date },
  fill: (archive: Archive) => Promise<void>,
): Promise<{ readonly bytes: number; readonly entries: readonly ArchiveEntry[] }> {
  await refuseTaken(path, options.force);
  await refuseSpecial(path).catch((error: unknown) => {
    throw new AlpineK8sError("usage", messageOf(error), { hints: ["give the name of a file"] });
  });
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const file = await open(temporary, "wx", SECRET_MODE).catch((error: unknown) => {
    throw new AlpineK8sError("usage", `${path} cannot be written: ${messageOf(error)}`, { cause: error });
  });
  const entries: ArchiveEntry[] = [];
  try {
    const zip = createGzip();
    const out = file.createWriteStream({ flush: true });
    zip.pipe(out);
    const done = Promise.all([finished(zip), finished(out)]);
    done.catch(() => undefined);
    const push = async (bytes: Buffer): Promise<void> => {
      if (!zip.write(bytes)) await Promise.race([once(zip, "drain"), done]);
    };
    try {
      await fill({
        add: async (name, text) => {
          const content = Buffer.from(text);
          entries.push({ name, bytes: content.length });
          await push(tarEntry(name, content, options.modified));
        },
      });
      zip.end(tarEnd());
      await done;
    } catch (error) {
      zip.destroy();
      out.destroy();
      await done.catch(() => undefined);
      throw error;
    }
    const { size } = await stat(temporary);
    if (options.force) await rename(temporary, path);
    else await place(temporary, path);
    return { bytes: size, entries };
  } finally {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
  }
}

/** A link fails where another file appeared meanwhile; a rename would replace it. */
async function place(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw taken(path);
    // The file system has no hard links.
    await refuseTaken(path, false);
    await rename(temporary, path);
  }
}
