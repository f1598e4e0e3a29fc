import { chmod, mkdtemp, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { editSpecFile } from "../../src/operations/folder/edit-spec-file.js";

const CLUSTER = { name: "demo", kubernetesVersion: "v1.36.1" };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-edit-"));
  path = join(folder, "alpine-k8s.yaml");
});

it("writes a file that was not there, and leaves an unchanged one alone", async () => {
  expect(await editSpecFile(path, CLUSTER, () => undefined)).toBe("unchanged");
  expect(await readdir(folder)).toEqual([]);
  expect(await editSpecFile(path, CLUSTER, ({ text, source }) => `# ${source} ${String(text)}\n`)).toBe("written");
  expect(await readFile(path, "utf8")).toBe("# alpine-k8s.yaml undefined\n");
  expect(await editSpecFile(path, CLUSTER, ({ text }) => text)).toBe("unchanged");
});

it("keeps the file's mode, and a link a link", async () => {
  const real = join(folder, "elsewhere.yaml");
  await writeFile(real, "# a\n");
  await chmod(real, 0o600);
  await symlink(real, path);
  await editSpecFile(path, CLUSTER, () => "# b\n");
  expect((await stat(real)).mode & 0o777).toBe(0o600);
  expect(await readFile(real, "utf8")).toBe("# b\n");
});

it("keeps what somebody else wrote meanwhile", async () => {
  await writeFile(path, "# a\n");
  const { writeFileSync } = await import("node:fs");
  const edit = editSpecFile(path, CLUSTER, () => {
    writeFileSync(path, "# theirs\n");
    return "# ours\n";
  });
  await expect(edit).rejects.toMatchObject({ kind: "conflict" });
  expect(await readFile(path, "utf8")).toBe("# theirs\n");
  expect(await readdir(folder)).toEqual(["alpine-k8s.yaml"]);
});

it("writes nothing when the edit is refused", async () => {
  await writeFile(path, "# a\n");
  const refused = editSpecFile(path, CLUSTER, () => {
    throw new Error("refused");
  });
  await expect(refused).rejects.toThrow("refused");
  expect(await readFile(path, "utf8")).toBe("# a\n");
});
