import { execFileSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { mkdtemp, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import type * as Files from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { writeAtomically } from "../../src/base/files.js";
import { mergeIntoFile, planMergeIntoFile, undoInFile } from "../../src/kubeconfig/merge-file.js";
import { writeArchive } from "../../src/operations/logs/archive.js";
import { adminConfig } from "../kubeconfig/merge-inputs.js";

/** Paths that cannot be replaced, as a file that is mounted by itself. */
const mounted = vi.hoisted(() => ({ paths: new Set<string>(), isReadOnly: false }));
vi.mock("node:fs/promises", async (load) => {
  const real = await load<typeof Files>();
  const fail = (code: string): never => {
    throw Object.assign(new Error(`${code}: refused`), { code });
  };
  return {
    ...real,
    rename: async (from: string, to: string) => (mounted.paths.has(to) ? fail("EBUSY") : real.rename(from, to)),
    open: async (path: string, flags: string, mode?: number) =>
      mounted.paths.has(path) && mounted.isReadOnly ? fail("EROFS") : real.open(path, flags, mode),
  };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-special-"));
});
afterEach(() => {
  mounted.paths.clear();
  mounted.isReadOnly = false;
});

const options = { signal: new AbortController().signal, use: false, force: false };
const isPipe = (path: string): boolean => lstatSync(path).isFIFO();

function pipe(): string {
  const path = join(folder, "null");
  execFileSync("mkfifo", [path]);
  return path;
}

describe("what is no plain file stays what it is", () => {
  it("as a kubeconfig, also behind a link: refused with exit 2, before lock and backup", async () => {
    const special = pipe();
    const link = join(folder, "link");
    await symlink(special, link);
    const own = await adminConfig("demo");
    for (const path of [special, link]) {
      const input = { ...options, files: [path] as const, adminConfig: own };
      for (const work of [mergeIntoFile, planMergeIntoFile, undoInFile]) {
        await expect(work(input)).rejects.toMatchObject({
          ...{ kind: "usage", message: `${special} is a named pipe and no file; no cluster can be merged into it` },
          hints: ["name a file: KUBECONFIG=FILE alpine-k8s kubectl-config --merge"],
        });
      }
    }
    expect([isPipe(special), (await readdir(folder)).sort()]).toEqual([true, ["link", "null"]]);
  });

  it("as a bundle's name, with --force", async () => {
    const special = pipe();
    const asked = { force: true, modified: new Date() };
    await expect(writeArchive(special, asked, () => Promise.resolve())).rejects.toMatchObject({ kind: "usage" });
    expect([isPipe(special), await readdir(folder)]).toEqual([true, ["null"]]);
  });

  it("under any file that we write: a pipe, a socket, a device", async () => {
    const socket = join(folder, "socket");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    await expect(writeAtomically(pipe(), "x")).rejects.toThrow("is a named pipe and no file");
    await expect(writeAtomically(socket, "x")).rejects.toThrow("is a socket and no file");
    await expect(writeAtomically("/dev/null", "x")).rejects.toThrow("/dev/null is a device and no file");
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("a file that is mounted by itself", () => {
  it("is written in place, with its mode first, and undone so", async () => {
    const file = join(folder, "config");
    const before = "# mine\napiVersion: v1\nkind: Config\n";
    await writeFile(file, before, { mode: 0o644 });
    const { ino } = await stat(file);
    mounted.paths.add(file);
    const input = { ...options, files: [file] as const, adminConfig: await adminConfig("demo") };
    await mergeIntoFile(input);
    const after = await stat(file);
    expect([after.ino, after.mode & 0o777]).toEqual([ino, 0o600]);
    expect(await readFile(file, "utf8")).toContain("demo-admin");
    expect((await readdir(folder)).sort()).toEqual(["config", "config.alpine-k8s-demo.backup"]);
    await undoInFile(input);
    expect([await readFile(file, "utf8"), await readdir(folder)]).toEqual([before, ["config"]]);
  });

  it("and cannot be written at all leaves no backup, which would say that the cluster is merged", async () => {
    const file = join(folder, "config");
    await writeFile(file, "apiVersion: v1\n");
    mounted.paths.add(file);
    mounted.isReadOnly = true;
    const input = { ...options, files: [file] as const, adminConfig: await adminConfig("demo") };
    await expect(mergeIntoFile(input)).rejects.toThrow(`cannot write ${file}: EROFS`);
    expect([await readFile(file, "utf8"), await readdir(folder)]).toEqual(["apiVersion: v1\n", ["config"]]);
  });
});
