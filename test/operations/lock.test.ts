import { execFileSync, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { lockState, withLock } from "../../src/engine/lock.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-"));
  path = join(folder, ".alpine-k8s", "lock");
});

const holder = (pid: number, host = hostname()): string =>
  JSON.stringify({ pid, host, command: "alpine-k8s up", since: "2026-01-01T00:00:00Z" });

describe("the lock of a cluster folder", () => {
  it("is there while the work goes on and gone afterwards, also when the work fails", async () => {
    await withLock(path, "alpine-k8s up", async () => {
      expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ pid: process.pid, command: "alpine-k8s up" });
    });
    await expect(withLock(path, "x", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await readdir(folder)).toEqual([]);
  });

  it("makes the folder of secrets its owner's alone, also one that others could write in", async () => {
    const before = process.umask(0);
    try {
      await mkdir(dirname(path), { mode: 0o777 });
      await withLock(path, "x", async () => {
        expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
      });
    } finally {
      process.umask(before);
    }
  });

  it("refuses a folder that is a link, and changes nothing where it leads", async () => {
    const target = join(folder, "target");
    await mkdir(target);
    await chmod(target, 0o755);
    await symlink("target", dirname(path));
    const work = vi.fn(() => Promise.resolve());
    await expect(withLock(path, "x", work)).rejects.toMatchObject({ kind: "prerequisite" });
    expect([work.mock.calls, await readdir(target), (await stat(target)).mode & 0o777]).toEqual([[], [], 0o755]);
  });

  it.each(["pipe", "folder"])("with a %s in its place is refused at once, in words", async (kind) => {
    await mkdir(dirname(path));
    if (kind === "pipe") execFileSync("mkfifo", [path]);
    else await mkdir(path);
    await expect(withLock(path, "x", () => Promise.resolve())).rejects.toMatchObject({
      ...{
        kind: "prerequisite",
        message: `cannot take the lock ${path}: something that is no file stands in its place`,
      },
    });
    expect(await lockState(path)).toEqual({ state: "stale", holder: "unreadable" });
  });

  it("sweeps away what killed writes left, and nothing of the user's or of this moment", async () => {
    const old = new Date(Date.now() - 120_000);
    const put = async (name: string, age: Date): Promise<void> => {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), "secret");
      await utimes(join(folder, name), age, age);
    };
    const left = [
      "cluster-token.0123456789ab.tmp",
      ".alpine-k8s/pki/ca.key.0123456789ab.tmp",
      "master.sh.aaaaaaaaaaaa.tmp",
    ];
    const kept = ["notes.0123456789ab.tmp", ".alpine-k8s/pki/ca.key", "cluster-token"];
    for (const name of [...left, ...kept]) await put(name, old);
    await put(".alpine-k8s/known_hosts.0123456789ab.tmp", new Date());
    await withLock(path, "x", () => Promise.resolve());
    expect((await readdir(folder, { recursive: true })).filter((name) => name.includes(".")).sort()).toEqual(
      [
        ".alpine-k8s",
        ".alpine-k8s/known_hosts.0123456789ab.tmp",
        ".alpine-k8s/pki",
        ".alpine-k8s/pki/ca.key",
        "notes.0123456789ab.tmp",
      ].sort(),
    );
  });

  it("held by a living process is refused with the holder", async () => {
    const other = spawn("sleep", ["30"]);
    await mkdir(dirname(path));
    await writeFile(path, holder(other.pid ?? 0));
    const attempt = withLock(path, "second", () => Promise.resolve("done"));
    await expect(attempt).rejects.toMatchObject({
      kind: "locked",
      message: `another run works on this cluster: alpine-k8s up, process ${other.pid} on ${hostname()}, since 2026-01-01T00:00:00Z`,
    });
    other.kill();
    expect(await readFile(path, "utf8")).toContain("2026-01-01");
  });

  it("held on another computer is refused: nobody here can tell whether it lives", async () => {
    await mkdir(dirname(path));
    await writeFile(path, holder(1, "elsewhere"));
    await expect(withLock(path, "second", () => Promise.resolve())).rejects.toThrow("process 1 on elsewhere");
  });

  it.each([
    ["of a process that is gone", holder(2 ** 22 - 3)],
    ["damaged", "{"],
  ])("%s is taken over", async (_, text) => {
    await mkdir(dirname(path));
    await writeFile(path, text);
    expect(await withLock(path, "second", () => Promise.resolve("done"))).toBe("done");
    expect(await readdir(folder)).toEqual([]);
  });
});
