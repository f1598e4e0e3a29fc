import { randomBytes } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** The holder of a lock, as written in the lock file. */
export interface LockHolder {
  /** Different each time that a lock is taken. */
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** Where `pid` is valid: the kernel's boot id and the pid namespace; empty where the system does not report them. */
  readonly place: string;
  /** The computer's machine-id; empty where the system has none. */
  readonly machine: string;
  /** When the process started, in ticks since the boot (proc_pid_stat(5), field 22); empty where it is not reported. */
  readonly started: string;
  readonly command: string;
  readonly since: string;
}

/** This process as the holder of a lock that it is about to take. */
export function thisHolder(command: string): Promise<LockHolder> {
  return holderOf(process.pid, command);
}

/** A process of this computer, as it is written down. */
export async function holderOf(pid: number, command: string): Promise<LockHolder> {
  return {
    ...{ id: randomBytes(12).toString("hex"), pid, host: hostname() },
    ...{ place: await placeHere(), machine: await machineHere(), started: (await statOf(pid)).started },
    ...{ command, since: new Date().toISOString() },
  };
}

/** Reads what was written down of a process; nothing when it is no such text. */
export function parseHolder(text: string): LockHolder | undefined {
  try {
    const found = JSON.parse(text) as Partial<Record<keyof LockHolder, unknown>>;
    const field = (name: keyof LockHolder): string => (typeof found[name] === "string" ? found[name] : "");
    if (typeof found.pid !== "number" || typeof found.host !== "string") return undefined;
    return {
      ...{ id: field("id"), pid: found.pid, host: found.host, place: field("place"), machine: field("machine") },
      ...{ started: field("started"), command: field("command"), since: field("since") },
    };
  } catch {
    return undefined;
  }
}

/** A process in words, for people. */
export function holderWords({ command, pid, host, since }: LockHolder): string {
  return `${command}, process ${pid} on ${host}, since ${since}`;
}

/**
 * Whether the process is certainly gone. It is when it ran on this computer and the computer has booted since, or no
 * process has its number, or one that started at another time has, or it has ended and nobody has asked how. A process
 * on another computer, or in another container on this one, cannot be checked and counts as alive.
 */
export async function isGone(holder: LockHolder): Promise<boolean> {
  if (holder.host !== hostname()) return false;
  const here = await placeHere();
  if (holder.place !== "" && holder.place !== here) return hasBooted(holder, here);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  const { state, started } = await statOf(holder.pid);
  return state === "Z" || (holder.started !== "" && started !== "" && holder.started !== started);
}

/**
 * Whether this computer has booted since. Machine ids, where there are any, distinguish computers with the same host
 * name.
 */
async function hasBooted(holder: LockHolder, here: string): Promise<boolean> {
  return (await machineHere()) === holder.machine && bootOf(here) !== bootOf(holder.place);
}

const bootOf = (place: string): string => place.split(" ")[0] ?? "";

/** Cached: neither changes while this process lives, and a process that waits for a lock asks often. */
let place: Promise<string> | undefined;
let machine: Promise<string> | undefined;

function placeHere(): Promise<string> {
  return (place ??= readPlace());
}

async function readPlace(): Promise<string> {
  const boot = await textOf("/proc/sys/kernel/random/boot_id");
  return boot === "" ? "" : `${boot} ${await readlink("/proc/self/ns/pid").catch(() => "")}`.trim();
}

function machineHere(): Promise<string> {
  return (machine ??= textOf("/etc/machine-id"));
}

/** Fields of proc_pid_stat(5). The program's name stands before the others and may contain spaces and parentheses. */
async function statOf(pid: number): Promise<{ readonly state: string; readonly started: string }> {
  const stat = await textOf(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", started: fields[19] ?? "" };
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").then(
    (text) => text.trim(),
    () => "",
  );
}
