import { execFileSync, spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { makePrivateFolder, readIfExists, writeAtomically, writeIfChanged } from "../../src/base/files.js";
import { buildProgram } from "../fakes/built-program.js";

/** Tells what it is refused by, in the folder that it is given. */
const READ_ONLY = `
import { makeFolder } from "./base/files.js";
await makeFolder(process.argv[2] + "/a/b/c").catch((error) => console.log(error.message));
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-"));
});

describe("writing a file", () => {
  it("makes its folder, sets the mode and leaves no temporary file", async () => {
    await writeAtomically(join(folder, "a/b"), "text", 0o600);
    expect(await readFile(join(folder, "a/b"), "utf8")).toBe("text");
    expect((await stat(join(folder, "a/b"))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, "a"))).toEqual(["b"]);
  });

  it("leaves the old file when the new one cannot be put in place", async () => {
    await writeAtomically(join(folder, "dir/inside"), "x");
    await expect(writeAtomically(join(folder, "dir"), "text")).rejects.toThrow();
    expect(await readdir(folder)).toEqual(["dir"]);
  });

  it("touches nothing when text and mode are the same", async () => {
    const path = join(folder, "same");
    await writeFile(path, "text", { mode: 0o644 });
    const before = await stat(path);
    expect(await writeIfChanged(path, "text")).toBe("unchanged");
    expect((await stat(path)).mtimeMs).toBe(before.mtimeMs);
    expect(await writeIfChanged(path, "text", 0o600)).toBe("written");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("of a file that is not there reads as nothing", async () => {
    expect(await readIfExists(join(folder, "none"))).toBeUndefined();
    await expect(readIfExists(folder)).rejects.toThrow("EISDIR");
  });
});

describe("a folder of secrets", () => {
  it("is its owner's alone, whatever the umask, also when it was there with other rights", async () => {
    const before = process.umask(0);
    const top = await mkdtemp(join(tmpdir(), "alpine-k8s-private-"));
    try {
      await makePrivateFolder(join(top, "new"));
      await mkdir(join(top, "old"), { mode: 0o777 });
      await makePrivateFolder(join(top, "old"));
      await writeAtomically(join(top, "new", "pki", "ca.key"), "secret", 0o600);
    } finally {
      process.umask(before);
    }
    const modes = await Promise.all(
      ["new", "old", "new/pki"].map(async (name) => (await stat(join(top, name))).mode & 0o777),
    );
    expect(modes).toEqual([0o700, 0o700, 0o700]);
  });

  it("that is a link is refused, and what it leads to keeps its rights", async () => {
    const top = await mkdtemp(join(tmpdir(), "alpine-k8s-private-"));
    await mkdir(join(top, "target"));
    await chmod(join(top, "target"), 0o755);
    await symlink("target", join(top, "link"));
    await expect(makePrivateFolder(join(top, "link"))).rejects.toThrow(
      `${join(top, "link")} is a link, and keys are kept`,
    );
    expect((await stat(join(top, "target"))).mode & 0o777).toBe(0o755);
  });
});

describe("what is no file", () => {
  it.each(["pipe", "link to a device"])("a %s is refused with words, not waited for", async (kind) => {
    const path = join(await mkdtemp(join(tmpdir(), "alpine-k8s-odd-")), "alpine-k8s.yaml");
    if (kind === "pipe") execFileSync("mkfifo", [path]);
    else await symlink("/dev/zero", path);
    await expect(readIfExists(path)).rejects.toMatchObject({
      ...{ kind: "prerequisite", message: `${path} is a pipe or a device, and no file` },
    });
  });

  it("more than 64 MiB are refused before they are read", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "alpine-k8s-odd-")), "large");
    await writeFile(path, "");
    await truncate(path, 1e11);
    await expect(readIfExists(path)).rejects.toThrow("is larger than 64 MiB");
  });
});

describe("a read-only file system", () => {
  it("is told as what it is, for a folder in a folder that is not there either", async () => {
    const program = await buildProgram("read-only", "base/files.ts", READ_ONLY);
    const mounted = `mount -t tmpfs none ${folder} && mount -o remount,ro ${folder} && exec "$@"`;
    const words = ["--mount", "sh", "-c", mounted, "sh", process.execPath, program.path, folder];
    const { stdout, stderr } = spawnSync("unshare", words, { encoding: "utf8" });
    await program.remove();
    expect(`${stdout}${stderr}`).toBe(`EROFS: read-only file system, mkdir '${folder}/a'\n`);
  }, 240_000);
});
