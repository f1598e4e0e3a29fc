import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, link, lstat, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { AlpineK8sError, messageOf } from "../base/errors.js";
import { systemClock, type Clock } from "../base/wait.js";

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Milliseconds to wait for whoever holds the lock; default 30 000. */
  readonly atMost?: number;
  readonly clock?: Clock;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Runs `work` while holding `FILE.lock`, the lock that kubectl itself takes when it writes a kubeconfig (a file created
 * exclusively), so that neither overwrites the other. Waits for its holder; a lock of ours whose process on this
 * computer is gone is taken over. Throws `locked` with the holder when the wait is over.
 */
export async function withFileLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  await mkdir(dirname(lock), { recursive: true }).catch((error: unknown) => {
    throw cannotTake(lock, error);
  });
  await take(lock, options);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string, { signal, atMost = 30_000, clock = systemClock }: LockOptions): Promise<void> {
  const started = clock.now();
  for (;;) {
    signal.throwIfAborted();
    if (await create(lock)) return;
    await removeIfDead(lock);
    if (clock.now() - started > atMost) throw await heldBy(lock, clock.now() - started);
    // Not all at the same moment, when many wait.
    await clock.sleep(20 + Math.random() * 40, signal);
  }
}

/** Makes the lock with its holder's name in it from the first moment; false when it is taken. */
async function create(path: string): Promise<boolean> {
  if (await exists(path)) return false;
  const holder: Holder = { pid: process.pid, host: hostname() };
  const whole = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(whole, JSON.stringify(holder), { flag: "wx", mode: 0o600 });
    await link(whole, path).catch((error: unknown) => copyWhereNoLinks(error, whole, path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cannotTake(path, error);
  } finally {
    await rm(whole, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Some file systems have no hard links; there a kill in between leaves a lock that names nobody. */
async function copyWhereNoLinks(error: unknown, from: string, to: string): Promise<void> {
  if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  await copyFile(from, to, constants.COPYFILE_EXCL);
}

function cannotTake(lock: string, error: unknown): AlpineK8sError {
  return new AlpineK8sError("prerequisite", `cannot take the lock ${lock}: ${messageOf(error)}`, {
    hints: ["check that its folder can be written, or merge into another file: KUBECONFIG=FILE"],
    cause: error,
  });
}

/**
 * Removes a lock whose holder is gone. Two waiters may see the same dead holder; the second must not remove the lock
 * that the first has taken since, so they look again under a lock of their own. Who was killed under that one left it
 * behind; it goes, and the next round tries again.
 */
async function removeIfDead(lock: string): Promise<void> {
  if (!isGone(await readHolder(lock))) return;
  const guard = `${lock}.takeover`;
  if (!(await create(guard))) {
    if (isGone(await readHolder(guard))) await rm(guard, { force: true });
    return;
  }
  try {
    if (isGone(await readHolder(lock))) await rm(lock, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** Nothing for an empty lock, which is kubectl's: nobody can tell whether it is still in use. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const { pid, host } = JSON.parse(await readFile(path, "utf8")) as Partial<Holder>;
    return typeof pid === "number" && typeof host === "string" ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

function isGone(holder: Holder | undefined): boolean {
  if (holder === undefined || holder.host !== hostname()) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function heldBy(lock: string, waited: number): Promise<AlpineK8sError> {
  const holder = await readHolder(lock);
  const who = holder === undefined ? "another program (kubectl?)" : `process ${holder.pid} on ${holder.host}`;
  return new AlpineK8sError("locked", `${lock} is held by ${who} for more than ${Math.round(waited / 1000)} s`, {
    hints: [`if nothing is writing the file any more: rm ${lock}`],
  });
}
