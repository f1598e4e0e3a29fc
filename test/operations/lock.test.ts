import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { withLock } from "../../src/engine/lock.js";

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
