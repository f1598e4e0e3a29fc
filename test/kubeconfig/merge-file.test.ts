import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setMaxListeners } from "node:events";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { AlpineK8sError } from "../../src/base/errors.js";
import { withKubeconfigLock } from "../../src/kubeconfig/lock-file.js";
import { backupPath, mergeIntoFile, undoInFile, type FileMerged } from "../../src/kubeconfig/merge-file.js";
import { adminConfig } from "./merge-inputs.js";

const USERS =
  "# mine\napiVersion: v1\nclusters:\n- name: acme\n  cluster: { server: https://acme }\ncurrent-context: acme\n";

let folder: string;
let file: string;
let own: string;
beforeAll(async () => {
  own = await adminConfig("demo");
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine k8s kube "));
  file = join(folder, ".kube", "config");
});

const signal = new AbortController().signal;
setMaxListeners(0, signal);
const options = { signal, use: false, force: false };

function merge(changes: Partial<Parameters<typeof mergeIntoFile>[0]> = {}): Promise<FileMerged> {
  return mergeIntoFile({ ...options, files: [file], adminConfig: own, ...changes });
}

async function put(text: string, path = file, mode = 0o600): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  await chmod(path, mode);
}

const read = (text: string): Record<string, unknown> => parse(text) as Record<string, unknown>;

async function names(path = file): Promise<string[]> {
  const { contexts } = parse(await readFile(path, "utf8")) as { contexts?: { name: string }[] };
  return (contexts ?? []).map((context) => context.name).sort();
}

async function failure(action: Promise<unknown>): Promise<AlpineK8sError> {
  const error = await action.catch((thrown: unknown) => thrown);
  if (error instanceof AlpineK8sError) return error;
  throw new Error("no AlpineK8sError was thrown");
}

const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe("mergeIntoFile", () => {
  it("makes a file that is not there, mode 0600, and undo takes it away again", async () => {
    expect(await merge()).toEqual({
      ...{ file, backup: backupPath(file, "demo"), changed: true, context: "demo", currentContext: "", replaced: [] },
    });
    expect([await names(), await mode(file)]).toEqual([["demo"], 0o600]);
    expect(await undoInFile({ ...options, files: [file], adminConfig: own })).toEqual({
      ...{ file, changed: true, removed: true, currentContext: "" },
    });
    expect(await readdir(join(folder, ".kube"))).toEqual([]);
  });

  it("keeps a backup of what was there, mode 0600, and closes a file that others could read", async () => {
    await put(USERS, file, 0o644);
    const { backup = "" } = await merge();
    expect(await readFile(backup, "utf8")).toBe(USERS);
    expect([await mode(backup), await mode(file)]).toEqual([0o600, 0o600]);
    await undoInFile({ ...options, files: [file], adminConfig: own });
    expect(await readFile(file, "utf8")).toBe(USERS);
    expect(await readdir(join(folder, ".kube"))).toEqual(["config"]);
  });

  it("a second time writes nothing", async () => {
    await put(USERS);
    await merge();
    const before = await stat(file, { bigint: true });
    expect(await merge()).toEqual({ file, changed: false, context: "demo", currentContext: "acme", replaced: [] });
    expect((await stat(file, { bigint: true })).mtimeNs).toBe(before.mtimeNs);
  });

  it("a second time with --use keeps a backup without this cluster, but with what the user wrote since", async () => {
    await put(USERS);
    await merge();
    await put(`${await readFile(file, "utf8")}preferences: { colors: true }\n`);
    const { backup = "", currentContext } = await merge({ use: true });
    expect(currentContext).toBe("demo");
    expect(parse(await readFile(backup, "utf8"))).toEqual({ ...read(USERS), preferences: { colors: true } });
    await undoInFile({ ...options, files: [file], adminConfig: own });
    expect(parse(await readFile(file, "utf8"))).toEqual({ ...read(USERS), preferences: { colors: true } });
  });

  it("undo without a merge says so and changes nothing", async () => {
    await put(USERS);
    const error = await failure(undoInFile({ ...options, files: [file], adminConfig: own }));
    expect([error.kind, error.message]).toEqual([
      "usage",
      `nothing to undo: ${file} has no backup from before cluster demo`,
    ]);
    expect(error.hints).toContain("or by hand: kubectl config delete-context demo");
    expect(await readFile(file, "utf8")).toBe(USERS);
  });

  it("writes through a link and leaves it a link", async () => {
    const real = join(folder, "dotfiles", "kube");
    await put(USERS, real);
    await mkdir(join(folder, ".kube"));
    await symlink(real, file);
    await merge();
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(await names(real)).toEqual(["demo"]);
    expect(await readdir(join(folder, "dotfiles"))).toEqual(["kube"]);
  });

  it("writes through a link to a file that is not there yet, and undo takes only that away", async () => {
    const target = join(folder, "dotfiles", "kubeconfig");
    await mkdir(join(file, ".."), { recursive: true });
    await mkdir(join(target, ".."));
    await symlink("../dotfiles/kubeconfig", file);
    await merge();
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(await names(target)).toEqual(["demo"]);
    await undoInFile({ ...options, files: [file], adminConfig: own });
    expect([await readdir(join(folder, ".kube")), await readdir(join(folder, "dotfiles"))]).toEqual([["config"], []]);
  });

  it("of several files writes the first, and refuses another's entries in any of them", async () => {
    const second = join(folder, "work");
    await put("kind: Config\n", second);
    await merge({ files: [file, second] });
    expect([await names(file), await names(second)]).toEqual([["demo"], []]);
    const third = join(folder, "third");
    await merge({ files: [third], adminConfig: await adminConfig("demo", "https://192.0.2.1:6443") });
    const error = await failure(merge({ files: [file, second, third] }));
    expect(error.message).toContain(
      `${third} has entries of another cluster under the names of demo: cluster demo (https://192.0.2.1:6443)`,
    );
    expect(await merge({ files: [file, second, third], force: true })).toMatchObject({ file });
  });

  it("refused, leaves file and folder as they were", async () => {
    await put("users: [broken\n");
    expect((await failure(merge())).kind).toBe("usage");
    expect(await readdir(join(folder, ".kube"))).toEqual(["config"]);
  });

  it("says what cannot be read", async () => {
    await mkdir(file, { recursive: true });
    const error = await failure(merge());
    expect([error.kind, error.message]).toEqual([
      "prerequisite",
      `cannot read ${file}: EISDIR: illegal operation on a directory, read`,
    ]);
  });
});

describe("the lock", () => {
  const lock = (): string => `${file}.lock`;
  const quick = (): { now(): number; sleep(): Promise<void> } => {
    let now = 0;
    return {
      now: () => now,
      sleep: () => {
        now += 1000;
        return Promise.resolve();
      },
    };
  };

  it("of kubectl is waited for", async () => {
    await put(USERS);
    await writeFile(lock(), "");
    const merged = merge();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await readFile(file, "utf8")).toBe(USERS);
    await rm(lock());
    await merged;
    expect(await names()).toEqual(["demo"]);
  });

  it("that stays is told with what to do, exit 3, and is left", async () => {
    await put(USERS);
    await writeFile(lock(), "");
    const error = await failure(merge({ clock: quick(), atMost: 5_000 }));
    expect([error.kind, error.message]).toEqual([
      "locked",
      `${lock()} is held by another program (kubectl?) for more than 6 s`,
    ]);
    expect(error.hints).toEqual([`if nothing is writing the file any more: rm ${lock()}`]);
    expect(await readdir(join(folder, ".kube"))).toEqual(["config", "config.lock"]);
  });

  it("of a process of ours is told with its number", async () => {
    const error = await failure(
      withKubeconfigLock(file, { signal }, () =>
        withKubeconfigLock(file, { signal, clock: quick(), atMost: 5_000 }, () => Promise.resolve()),
      ),
    );
    expect(error.message).toContain(`process ${process.pid} on `);
  });

  it("of a process that is gone is taken over, by one at a time", async () => {
    await put(USERS);
    const { pid } = spawn("true");
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { hostname } = await import("node:os");
    await writeFile(lock(), JSON.stringify({ pid, host: hostname() }));
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => withKubeconfigLock(file, { signal }, work)));
    expect(most).toBe(1);
    expect(await readdir(join(folder, ".kube"))).toEqual(["config"]);
  });

  it("says at every moment whose it is, so that one left by a kill can be taken over", async () => {
    await put(USERS);
    const seen = new Set<string>();
    let done = false;
    const look = async (): Promise<void> => {
      while (!done) {
        try {
          seen.add(readFileSync(lock(), "utf8"));
        } catch {
          // Between two holders there is no lock.
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const looking = look();
    for (let turn = 0; turn < 60; turn += 1) await withKubeconfigLock(file, { signal }, () => Promise.resolve());
    done = true;
    await looking;
    const { hostname } = await import("node:os");
    const holders = [...seen].map((text) => JSON.parse(text) as { readonly pid: number; readonly host: string });
    expect(holders.length).toBeGreaterThan(0);
    for (const holder of holders) expect(holder).toMatchObject({ pid: process.pid, host: hostname() });
    expect(await readdir(join(folder, ".kube"))).toEqual(["config"]);
  });

  it("of a process that was killed while it took over another's is taken over, too", async () => {
    await put(USERS);
    const { pid } = spawn("true");
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { hostname } = await import("node:os");
    const gone = JSON.stringify({ pid, host: hostname() });
    await writeFile(lock(), gone);
    // The guard's name has the hash of the stale lock that it allows to remove.
    await writeFile(`${lock()}.${createHash("sha256").update(gone).digest("hex").slice(0, 16)}`, gone);
    await withKubeconfigLock(file, { signal, atMost: 2_000 }, () => Promise.resolve());
    expect(await readdir(join(folder, ".kube"))).toEqual(["config"]);
  });

  it("is given back when the work fails, and waiting for it can be interrupted", async () => {
    await expect(withKubeconfigLock(file, { signal }, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    const stop = new AbortController();
    const waiting = withKubeconfigLock(file, { signal }, () => {
      setTimeout(() => stop.abort(new Error("stop")), 50);
      return expect(withKubeconfigLock(file, { signal: stop.signal }, () => Promise.resolve())).rejects.toThrow();
    });
    await waiting;
    expect(await readdir(join(folder, ".kube"))).toEqual([]);
  });
});

it("undo refuses aliases that multiply without end, in the file and in its backup", async () => {
  const bomb =
    "a: &a [x, x, x, x, x, x, x, x, x, x]\n" +
    ["b", "c", "d", "e", "f", "g", "h"]
      .map((name, index) => {
        const before = `*${"abcdefg"[index]}`;
        return `${name}: &${name} [${Array.from({ length: 10 }, () => before).join(", ")}]\n`;
      })
      .join("");
  await put(USERS);
  await mergeIntoFile({ ...options, files: [file], adminConfig: own });
  const merged = await readFile(file, "utf8");
  await writeFile(file, `${merged}${bomb}`);
  const inFile = await failure(undoInFile({ ...options, files: [file], adminConfig: own }));
  expect([inFile.kind, inFile.message]).toEqual([
    "usage",
    `${file} cannot be used: its anchors and aliases cannot be followed`,
  ]);
  await writeFile(file, merged);
  await writeFile(backupPath(file, "demo"), bomb);
  const inBackup = await failure(undoInFile({ ...options, files: [file], adminConfig: own }));
  expect(inBackup.message).toBe(`${file} (backup) cannot be used: its anchors and aliases cannot be followed`);
  expect(await readFile(file, "utf8")).toBe(merged);
});
