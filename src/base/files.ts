import { randomBytes } from "node:crypto";
import { chmod, link, lstat, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AlpineK8sError } from "./errors.js";
import { quoteSh } from "./quote.js";

/** Mode of files that hold a secret. */
export const SECRET_MODE = 0o600;

/** Mode of folders for such files. */
export const SECRET_FOLDER_MODE = 0o700;

/** Bytes of a text that is read whole; nothing of ours, or for us, comes near. */
const LARGEST_TEXT = 64 * 1024 * 1024;

/** Makes a folder and those above it that are missing. A read-only file system is EROFS, which Node tells as ENOENT. */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    let first = path;
    while (!(await exists(dirname(first)))) {
      // A drive that is not there has no folder above it.
      if (dirname(first) === first) throw error;
      first = dirname(first);
    }
    // Made alone it is refused by the real name, or is there by now.
    await mkdir(first, { mode }).catch((refused: unknown) => {
      if ((refused as NodeJS.ErrnoException).code !== "EEXIST") throw refused;
    });
    await mkdir(path, { recursive: true, mode });
  }
}

/**
 * Makes sure of a folder that only its owner may enter, whatever the umask. Throws `prerequisite` for a link: the rights
 * of what it leads to are not ours to change, and it would stay when the folder is removed.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink() === true) {
    throw new AlpineK8sError(
      "prerequisite",
      `${path} is a link, and keys are kept only in a folder that stands there`,
      {
        hints: [`look where it leads: ls -ld ${quoteSh(path)}`, "put the folder itself in its place"],
      },
    );
  }
  await makeFolder(path, SECRET_FOLDER_MODE);
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, SECRET_FOLDER_MODE);
}

/**
 * Writes a whole file or nothing: a temporary file beside it, synced, renamed into place. A reader or a power cut
 * sees the old text or the new one. `beforeRename` is the last word: when it throws, nothing is written. Only a file
 * that is mounted by itself, as containers have them, is written in place. Refuses what is no plain file; a link is
 * replaced.
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
  beforeRename: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await refuseSpecial(path);
  await makeFolder(dirname(path), mode === SECRET_MODE ? SECRET_FOLDER_MODE : 0o777);
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const file = await open(temporary, "wx", mode);
  try {
    await file.writeFile(content);
    await file.chmod(mode);
    await file.sync();
    await file.close();
    await beforeRename();
    await rename(temporary, path).catch(async (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
      await writeInPlace(path, content, mode);
      await rm(temporary);
    });
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The mode comes first: the content may be a secret. */
async function writeInPlace(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.chmod(mode);
    await file.truncate();
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Throws `prerequisite` that says what is there when it is a device, a pipe, a socket: a rename would take it away. */
export async function refuseSpecial(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || found.isFile() || found.isSymbolicLink() || found.isDirectory()) return;
  const kinds: readonly [boolean, string][] = [
    [found.isFIFO(), "a named pipe"],
    [found.isSocket(), "a socket"],
  ];
  const what = kinds.find(([is]) => is)?.[1] ?? "a device";
  throw new AlpineK8sError("prerequisite", `${path} is ${what} and no file`, {
    hints: [`look at it: ls -l ${quoteSh(path)}`],
  });
}

/** Like {@link writeAtomically}, but leaves a file alone that holds this text in this mode already. */
export async function writeIfChanged(path: string, content: string, mode = 0o644): Promise<"written" | "unchanged"> {
  if (await holds(path, content, mode)) return "unchanged";
  await writeAtomically(path, content, mode);
  return "written";
}

/** Whether there is something at the path; symbolic links are followed. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether the file holds this text in this mode. */
export async function holds(path: string, content: string, mode = 0o644): Promise<boolean> {
  return (await readIfExists(path)) === content && ((await stat(path)).mode & 0o777) === mode;
}

/**
 * The file's text, or nothing when there is no such file; every other failure is thrown. Throws `prerequisite` for a pipe
 * or a device, which may have no end, and for more than 64 MiB.
 */
export async function readIfExists(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    // A folder is refused by the system itself.
    if (!found.isFile() && !found.isDirectory()) throw unreadable(path, "is a pipe or a device, and no file");
    if (found.size > LARGEST_TEXT) throw unreadable(path, `is larger than ${LARGEST_TEXT / 1024 / 1024} MiB`);
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function unreadable(path: string, why: string): AlpineK8sError {
  return new AlpineK8sError("prerequisite", `${path} ${why}`, { hints: [`look at it: ls -ld ${quoteSh(path)}`] });
}

/**
 * Creates a complete new file, or none: false when anything of that name exists. Where the file system has no hard
 * links, a crash may leave an incomplete file.
 */
export async function writeNew(path: string, content: string, mode = 0o644): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  await writeAtomically(temporary, content, mode);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
    return await writeExclusively(path, content, mode);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeExclusively(path: string, content: string, mode: number): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: "wx", mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
