import { link, mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { dirname } from "node:path";
import { AlpineK8sError } from "../base/errors.js";
import { readIfExists } from "../base/files.js";

/** Whether somebody has the lock of a cluster folder. */
export interface LockState {
  readonly state: "none" | "held" | "stale";
  /** Who has, or had it. */
  readonly holder: string;
}

/** Who holds the lock of a cluster folder. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly command: string;
  readonly since: string;
}

/**
 * Runs `work` while holding the folder's lock, so that two runs never change one cluster at a time. A lock left by a
 * process of this computer that is gone is taken over. Throws `locked` (exit 3) with the holder otherwise.
 */
export async function withLock<T>(path: string, command: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  await take(path, command);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
    // A run that made nothing leaves nothing.
    await rmdir(dirname(path)).catch(() => undefined);
  }
}

/** Who has the lock of a folder, and whether that run is gone; changes nothing. */
export async function lockState(path: string): Promise<LockState> {
  const holder = await readHolder(path);
  if (holder) {
    const text = `${holder.command}, process ${holder.pid} on ${holder.host}, since ${holder.since}`;
    return { state: isAlive(holder) ? "held" : "stale", holder: text };
  }
  const text = await readIfExists(path).catch(() => "");
  return text === undefined ? { state: "none", holder: "" } : { state: "stale", holder: "unreadable" };
}

async function take(path: string, command: string): Promise<void> {
  const holder: Holder = { pid: process.pid, host: hostname(), command, since: new Date().toISOString() };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await writeFile(path, `${JSON.stringify(holder)}\n`, { flag: "wx", mode: 0o644 });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const current = await readHolder(path);
    if (current && isAlive(current)) throw heldBy(path, current);
    await setAside(path, current);
  }
  throw new AlpineK8sError("locked", `cannot take the lock ${path}: other runs keep taking it`, {
    hints: ["try again when the other run is done"],
  });
}

/** Takes a stale lock away, and only that one: a new one that another run has put there meanwhile goes back. */
async function setAside(path: string, stale: Holder | undefined): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const taken = await parseHolder(aside);
  if (taken?.pid !== stale?.pid || taken?.since !== stale?.since) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/** The holder; nothing when the file stays unreadable, which a file that is just being written does not. */
async function readHolder(path: string): Promise<Holder | undefined> {
  const first = await parseHolder(path);
  if (first) return first;
  await sleep(200);
  return parseHolder(path);
}

async function parseHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, "utf8")) as Partial<Holder>;
    if (typeof holder.pid !== "number" || typeof holder.host !== "string") return undefined;
    return { pid: holder.pid, host: holder.host, command: holder.command ?? "", since: holder.since ?? "" };
  } catch {
    return undefined;
  }
}

/** A holder on another computer counts as alive: nobody here can tell. */
function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function heldBy(path: string, holder: Holder): AlpineK8sError {
  return new AlpineK8sError(
    "locked",
    `another run works on this cluster: ${holder.command}, process ${holder.pid} on ${holder.host}, since ${holder.since}`,
    { hints: [`wait for it to end; if it is gone for sure: rm ${path}`] },
  );
}
