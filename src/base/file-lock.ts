import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, link, lstat, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder, SECRET_FOLDER_MODE } from "./files.js";
import { isGone, parseHolder, thisHolder, type LockHolder } from "./lock-holder.js";
import { systemClock, type Clock } from "./wait.js";

/** Bytes of a lock that is read. */
const LARGEST = 64 * 1024;

export interface FileLockOptions {
  /** The command that holds the lock, shown to other runs. */
  readonly command: string;
  /** Milliseconds to wait while another process holds the lock; 0 means not to wait. */
  readonly atMost: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /**
   * Whether a lock file without a readable holder may be taken over: a power failure can empty it. Otherwise it counts
   * as held.
   */
  readonly takeUnreadable: boolean;
  /** Makes the error to throw when the wait is over; `waited` is in milliseconds. */
  readonly held: (holder: LockHolder | undefined, waited: number) => Error;
  /** Makes the error to throw when the lock file cannot be created. */
  readonly failed: (error: unknown) => Error;
}

/**
 * Runs `work` while holding the lock: a file that is created exclusively, as kubectl locks a kubeconfig. At most one
 * process holds it, however many start at once and wherever one is killed, on file systems with an atomic link(2). A
 * lock whose process is certainly gone is taken over; see {@link isGone}. On a network file system this is true among
 * the processes of one computer; a lock from another computer always counts as held.
 */
export async function withFileLock<T>(path: string, options: FileLockOptions, work: () => Promise<T>): Promise<T> {
  const holder = await take(path, options);
  try {
    return await work();
  } finally {
    // A user may have removed the lock by hand, and another run may have taken it since.
    if ((await readLock(path))?.id === holder.id) await rm(path, { force: true });
  }
}

/**
 * The holder of a lock, undefined when unreadable, and whether its process is gone. Returns undefined when the lock is
 * free. Changes nothing.
 */
export async function lockOf(
  path: string,
): Promise<{ readonly holder: LockHolder | undefined; readonly isGone: boolean } | undefined> {
  const holder = await readLock(path);
  if (holder !== undefined) return { holder, isGone: await isGone(holder) };
  return (await exists(path)) ? { holder: undefined, isGone: false } : undefined;
}

async function take(path: string, options: FileLockOptions): Promise<LockHolder> {
  const { atMost, signal, clock = systemClock } = options;
  const holder = await thisHolder(options.command);
  const started = clock.now();
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      await makeFolder(dirname(path), SECRET_FOLDER_MODE);
      await refuseOthers(path);
      if (await create(path, holder)) {
        await sweep(path);
        return holder;
      }
      await removeIfGone(path, holder, options.takeUnreadable);
    } catch (error) {
      // Another holder may have removed the empty folder in between; then try again.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempt > 100) throw options.failed(error);
    }
    const waited = clock.now() - started;
    const current = await readLock(path);
    if (waited > atMost && (attempt > 100 || !(await isFree(path, current, options))))
      throw options.held(current, waited);
    // Random, so that waiting processes do not all retry at the same moment.
    await clock.sleep(20 + Math.random() * 40 * Math.min(attempt, 5), signal);
  }
}

/** A pipe could be waited for without end, and what a folder or a link is for is not ours to say. */
async function refuseOthers(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() === false) throw new Error("something that is no file stands in its place");
}

/** Whether the lock may be taken in the next attempt: nobody has it, or nobody any more. */
async function isFree(path: string, holder: LockHolder | undefined, options: FileLockOptions): Promise<boolean> {
  if (holder !== undefined) return isGone(holder);
  return options.takeUnreadable || !(await exists(path));
}

/** Creates the lock file with its holder in it from the first moment; false when the lock is taken. */
async function create(path: string, holder: LockHolder): Promise<boolean> {
  if (await exists(path)) return false;
  const whole = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(whole, `${JSON.stringify(holder)}\n`, { flag: "wx", mode: 0o644 });
    await link(whole, path).catch((error: unknown) => copyWhereNoLinks(error, whole, path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(whole, { force: true });
  }
}

/** For file systems without hard links. A process that is killed during the copy leaves a lock without a holder. */
async function copyWhereNoLinks(error: unknown, from: string, to: string): Promise<void> {
  if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  await copyFile(from, to, constants.COPYFILE_EXCL);
}

/**
 * Removes a lock whose holder is gone. Only the process that holds this lock's guard file, named after the lock's text,
 * may remove it, and it checks again first: no process removes a lock that was taken since. The holder of a guard may
 * be killed too, so a guard is handled like any other lock.
 */
async function removeIfGone(path: string, self: LockHolder, takeUnreadable: boolean): Promise<void> {
  const stale = await staleId(path, takeUnreadable);
  if (stale === undefined) return;
  const guard = `${path}.${stale}`;
  if (!(await create(guard, self))) return removeIfGone(guard, self, takeUnreadable);
  try {
    if ((await staleId(path, takeUnreadable)) === stale) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** An id for a lock whose holder is gone, different for every lock; undefined when the lock is free or may be held. */
async function staleId(path: string, takeUnreadable: boolean): Promise<string | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  const holder = parseHolder(text);
  if (holder === undefined ? !takeUnreadable : !(await isGone(holder))) return undefined;
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/**
 * Removes guards and temporary files of processes that were killed while taking this lock; no guard matters while it is
 * held.
 */
async function sweep(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !/\.([0-9a-f]{16}|[0-9a-f]{12}\.tmp)$/.test(name)) continue;
    const left = await readLock(join(folder, name));
    if (left !== undefined && (await isGone(left))) await rm(join(folder, name), { force: true });
  }
}

async function readLock(path: string): Promise<LockHolder | undefined> {
  return parseHolder((await textOf(path)) ?? "");
}

async function textOf(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size > LARGEST) return undefined;
  return readFile(path, "utf8").catch(() => undefined);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
