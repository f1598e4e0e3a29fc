import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { putFileCommand } from "../../src/remote/put-file.js";
import { failureOf, isGone, TestBed } from "./ssh-server.js";

let bed: TestBed;
let folder: string;
beforeEach(() => {
  bed = new TestBed();
  folder = join(bed.folder, "node");
  mkdirSync(folder);
});
afterEach(() => bed.end());

it("writes exactly the bytes, in the mode, with missing folders, and leaves a right file alone", async () => {
  const { host } = await bed.host();
  const path = join(folder, "a b'c/etc/conf.d/file");
  const bytes = randomBytes(300_000);
  expect(await host.putFile(path, bytes, { mode: 0o600 })).toBe("written");
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "a b'c")).mode & 0o777).toBe(0o755);
  const { ino } = statSync(path);
  expect(await host.putFile(path, bytes, { mode: 0o600 })).toBe("unchanged");
  expect(statSync(path).ino).toBe(ino);
  expect(await host.putFile(path, bytes)).toBe("written");
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(await host.putFile(path, "")).toBe("written");
  expect(readFileSync(path, "utf8")).toBe("");
  expect(await host.putFile(path, "text ü\n")).toBe("written");
  expect(readFileSync(path, "utf8")).toBe("text ü\n");
  expect(readdirSync(join(folder, "a b'c/etc/conf.d"))).toEqual(["file"]);
});

it("sends nothing of the content where it could be seen", async () => {
  const { host, server } = await bed.host();
  await host.putFile(join(folder, "secret"), "hunter2-hunter2");
  expect(server.commandLines.join()).not.toContain("hunter2");
  expect(bed.logged.join()).not.toContain("hunter2");
});

it("replaces a symbolic link by the file and leaves its aim alone", async () => {
  const { host } = await bed.host();
  writeFileSync(join(folder, "aim"), "same");
  symlinkSync(join(folder, "aim"), join(folder, "link"));
  expect(await host.putFile(join(folder, "link"), "same")).toBe("written");
  expect(await host.putFile(join(folder, "link"), "new")).toBe("written");
  expect(readFileSync(join(folder, "aim"), "utf8")).toBe("same");
});

it("leaves the old file when the sha256 differs, and no temporary one", async () => {
  const { host } = await bed.host();
  const path = join(folder, "file");
  writeFileSync(path, "old");
  const command = putFileCommand(path, "new text", {});
  const failure = await failureOf(host.run({ ...command, input: "new tex" }));
  expect(failure.message).toBe(
    `master1: "put ${path}" ended with exit code 1:\n  what arrived is not what was sent (sha256 differs); ${path} was left as it was`,
  );
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["file"]);
});

it("never lands a part when the connection drops in the middle", async () => {
  const { host, server } = await bed.host();
  const path = join(folder, "file");
  writeFileSync(path, "old");
  const putting = failureOf(host.putFile(path, randomBytes(12_000_000)));
  await expect.poll(() => server.received.length, { interval: 1 }).toBeGreaterThan(2);
  server.cut();
  expect((await putting).message).toMatch(/was lost/);
  expect(await isGone(server.children[0]?.pid ?? 0, 3_000)).toBe(true);
  expect(readFileSync(path, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["file"]);
});

it("removes the temporary file when it is stopped between writing and renaming", async () => {
  const { host } = await bed.host();
  const path = join(folder, "file");
  const command = putFileCommand(path, "text", {});
  const script = command.script.replace("chmod ", "sleep 30; chmod ");
  expect(script).not.toBe(command.script);
  expect(await failureOf(host.run({ ...command, script, timeout: 500 }))).toMatchObject({ kind: "timeout" });
  await expect.poll(() => readdirSync(folder), { timeout: 10_000 }).toEqual([]);
});

it("takes away what a run left that was killed", async () => {
  const { host } = await bed.host();
  const ofOthers = [".file.other.34.tmp", ".other.12.tmp"];
  for (const name of [".file.12.tmp", ...ofOthers]) writeFileSync(join(folder, name), "half");
  await host.putFile(join(folder, "file"), "text");
  expect(readdirSync(folder).sort()).toEqual([...ofOthers, "file"]);
});

it("says why it cannot be written", async () => {
  const { host } = await bed.host();
  mkdirSync(join(folder, "taken"));
  writeFileSync(join(folder, "plain"), "");
  expect((await failureOf(host.putFile(join(folder, "taken"), "x"))).message).toContain(`${folder}/taken is a folder`);
  expect((await failureOf(host.putFile(join(folder, "plain/file"), "x"))).message).toContain(
    `cannot make the folder ${folder}/plain`,
  );
  await expect(host.putFile("relative", "x")).rejects.toThrow('"relative" is not an absolute path of a file');
  chmodSync(folder, 0o755);
  expect(existsSync("relative")).toBe(false);
});
