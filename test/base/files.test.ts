import { mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readIfExists, writeAtomically, writeIfChanged } from "../../src/base/files.js";

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
