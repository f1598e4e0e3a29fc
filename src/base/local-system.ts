import { accessSync, constants, existsSync } from "node:fs";
import { readdir, stat, statfs } from "node:fs/promises";
import { freemem, homedir, networkInterfaces, tmpdir, totalmem } from "node:os";
import { dirname } from "node:path";
import { AlpineK8sError } from "./errors.js";
import { readIfExists } from "./files.js";
import { runLocal } from "./process.js";

const MEBIBYTE = 2 ** 20;
/** Milliseconds for one program; Vagrant alone needs up to two seconds. */
const PROGRAM_LIMIT = 60_000;

/** Memory in MiB; `available` is what could be used now without swapping. */
interface Memory {
  readonly total: number;
  readonly available: number;
  readonly swap: number;
}

/** What can be read of this computer without starting a program: files, and what Node's os module reports. */
export interface LocalFiles {
  readonly platform: NodeJS.Platform;
  /** As Node names it: x64, arm64 … */
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Milliseconds since 1970. */
  now(): number;
  memory(): Promise<Memory>;
  /** IPv4 addresses with their prefix, `10.0.0.5/24`, by interface; loopback left out. */
  addresses(): readonly { readonly name: string; readonly cidr: string }[];
  /** Text of a file; nothing when it is not there, cannot be read, or is no file, which may have no end. */
  read(path: string): Promise<string | undefined>;
  /** Permission bits; nothing when there is no such file. */
  mode(path: string): Promise<number | undefined>;
  canRead(path: string): boolean;
  exists(path: string): boolean;
  /** Names in a folder, sorted; empty when there is none. */
  list(path: string): Promise<readonly string[]>;
  /** MiB free for this user on the file system of the path, which need not exist; undefined when unknown. */
  freeDisk(path: string): Promise<number | undefined>;
}

/** What a program returned. */
export interface ProgramAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** This computer, including its programs. */
export interface LocalSystem extends LocalFiles {
  /**
   * Runs a program that only prints something; undefined when it is not on PATH. A program that hangs is ended: exit
   * code 124.
   */
  run(program: string, args: readonly string[]): Promise<ProgramAnswer | undefined>;
}

/**
 * The real computer. `place` maps a path to where the file really is: tests keep system files below a folder of their
 * own.
 */
export function localSystem(place: (path: string) => string = (path) => path): LocalSystem {
  const read = (path: string): Promise<string | undefined> =>
    readIfExists(place(path)).catch((): undefined => undefined);
  return {
    platform: process.platform,
    arch: process.arch,
    env: process.env,
    home: homedir(),
    now: () => Date.now(),
    memory: async () => memoryFrom(await read("/proc/meminfo")),
    addresses,
    read,
    mode: (path) =>
      stat(place(path)).then(
        (found) => found.mode & 0o7777,
        (): undefined => undefined,
      ),
    canRead: (path) => canRead(place(path)),
    exists: (path) => existsSync(place(path)),
    list: (path) =>
      readdir(place(path)).then(
        (names) => names.sort(),
        () => [],
      ),
    freeDisk: (path) => freeDisk(place(path)),
    run: runProgram,
  };
}

/** Linux reports available memory in /proc/meminfo (proc_meminfo(5)); elsewhere only free memory is known. */
function memoryFrom(meminfo: string | undefined): Memory {
  const kib = (key: string): number | undefined => {
    const found = new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(meminfo ?? "")?.[1];
    return found === undefined ? undefined : Math.floor(Number(found) / 1024);
  };
  return {
    total: kib("MemTotal") ?? Math.floor(totalmem() / MEBIBYTE),
    available: kib("MemAvailable") ?? Math.floor(freemem() / MEBIBYTE),
    swap: kib("SwapTotal") ?? 0,
  };
}

function addresses(): { name: string; cidr: string }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, found]) =>
    (found ?? []).flatMap(({ family, internal, cidr }) =>
      family === "IPv4" && !internal && cidr !== null ? [{ name, cidr }] : [],
    ),
  );
}

function canRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

async function freeDisk(path: string): Promise<number | undefined> {
  try {
    const found = await statfs(path);
    return Math.floor((found.bavail * found.bsize) / MEBIBYTE);
  } catch {
    return dirname(path) === path ? undefined : freeDisk(dirname(path));
  }
}

async function runProgram(program: string, args: readonly string[]): Promise<ProgramAnswer | undefined> {
  try {
    return await runLocal({
      ...{ program, args, timeout: PROGRAM_LIMIT, missing: { message: "", hints: [] } },
      // Away from any Vagrantfile, so that Vagrant reads none.
      cwd: tmpdir(),
      env: { VAGRANT_CWD: tmpdir(), VAGRANT_CHECKPOINT_DISABLE: "1", VAGRANT_NO_COLOR: "1" },
    });
  } catch (error) {
    if (!(error instanceof AlpineK8sError)) throw error;
    return error.kind === "prerequisite" ? undefined : { exitCode: 124, stdout: "", stderr: error.message };
  }
}
