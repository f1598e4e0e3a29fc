import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lockOf, withFileLock, type FileLockOptions } from "../../src/base/file-lock.js";
import { thisHolder } from "../../src/base/lock-holder.js";
import { buildProgram, type BuiltProgram } from "../fakes/built-program.js";

const OPTIONS: FileLockOptions = {
  ...{ command: "test", atMost: 0, takeUnreadable: true },
  held: (holder) => new Error(`held by ${holder?.pid ?? "nobody known"}`),
  failed: (error) => new Error("cannot be made", { cause: error }),
};
/** A pid that no process has: it is above the kernel's maximum. */
const NOBODY = 2 ** 22 + 1;

let folder: string;
let path: string;
let program: BuiltProgram;
beforeAll(async () => {
  program = await buildProgram("lock", "base/file-lock.ts", SCRIPT);
}, 60_000);
afterAll(() => program.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-lock-"));
  path = join(folder, "lock");
});

const take = (): Promise<string> => withFileLock(path, OPTIONS, () => Promise.resolve("taken"));
const put = (holder: object): Promise<void> => writeFile(path, JSON.stringify(holder));

describe("a lock", () => {
  test("of a process whose number another one has now is taken over", async () => {
    const self = await thisHolder("an earlier run");
    expect(self.started).not.toBe("");
    await put({ ...self, started: String(Number(self.started) - 1) });
    expect(await take()).toBe("taken");
    await put(self);
    await expect(take()).rejects.toThrow(`held by ${process.pid}`);
  });

  test("of before this computer's boot is taken over; of another computer or container with its name it is not", async () => {
    const self = await thisHolder("an earlier run");
    const [boot = "", numbers = ""] = self.place.split(" ");
    const other = { ...self, pid: NOBODY };
    await put({ ...other, place: `00000000-0000-0000-0000-000000000000 ${numbers}`, machine: "another computer" });
    await expect(take()).rejects.toThrow(`held by ${NOBODY}`);
    await put({ ...other, place: `${boot} pid:[1]` });
    await expect(take()).rejects.toThrow(`held by ${NOBODY}`);
    await put({ ...other, host: `${hostname()}-2` });
    await expect(take()).rejects.toThrow(`held by ${NOBODY}`);
    await put({ ...other });
    expect(await lockOf(path)).toMatchObject({ isGone: true, holder: { pid: NOBODY } });
    expect(await take()).toBe("taken");
    expect(await lockOf(path)).toBeUndefined();
  });

  test("that was removed by hand and taken by another run is left to that run", async () => {
    const other = { ...(await thisHolder("the other run")), id: "other" };
    await withFileLock(path, OPTIONS, async () => {
      await rm(path);
      await put(other);
    });
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ id: "other" });
  });

  test("takes away what runs left that were killed while they took it", async () => {
    const gone = JSON.stringify({ ...(await thisHolder("killed")), pid: NOBODY });
    for (const name of ["lock.0123456789abcdef", "lock.0123456789ab.tmp", "lock.notes"])
      await writeFile(join(folder, name), gone);
    expect(await take()).toBe("taken");
    expect(await readdir(folder)).toEqual(["lock.notes"]);
  });
});

describe("eight processes at the same moment", () => {
  const children: ChildProcess[] = [];
  afterAll(() => children.forEach((child) => child.kill()));

  test("never hold one lock twice, whosever it was before", async () => {
    const lines: string[] = [];
    for (let number = 0; number < 8; number += 1) {
      const child = spawn(process.execPath, [program.path, path, folder], { stdio: ["ignore", "pipe", "inherit"] });
      child.stdout.on("data", (text: Buffer) => lines.push(...text.toString().trim().split("\n")));
      children.push(child);
    }
    const ended = children.map((child) => new Promise((resolve) => child.on("close", resolve)));
    const count = (word: string): number => lines.filter((line) => line.startsWith(word)).length;
    const until = async (word: string, wanted: number): Promise<void> => {
      while (count(word) < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until("ready", 8);
    for (let round = 1; round <= ROUNDS; round += 1) {
      await put({ pid: NOBODY, host: hostname() });
      await writeFile(join(folder, `go-${round}`), "");
      await until("round", 8 * round);
    }
    await Promise.all(ended);
    const marks = lines.filter((line) => /^(in|out) /.test(line)).map((line) => line.split(" ") as [string, string]);
    marks.sort(([, a], [, b]) => (BigInt(a) < BigInt(b) ? -1 : 1));
    expect(marks.map(([word]) => word)).toEqual(marks.map((_, index) => (index % 2 === 0 ? "in" : "out")));
    expect(marks.length / 2).toBeGreaterThanOrEqual(ROUNDS);
    expect((await readdir(folder)).filter((name) => name.startsWith("lock"))).toEqual([]);
  }, 120_000);
});

test("two containers with the host's name do not both hold it", async () => {
  const enter = ["--pid", "--fork", "--mount-proc", process.execPath, program.path, path, folder];
  await writeFile(join(folder, "go-1"), "");
  for (let round = 2; round <= ROUNDS; round += 1) await writeFile(join(folder, `go-${round}`), "");
  let refused = "";
  await withFileLock(path, OPTIONS, () => {
    // In its namespace its pid is 1, which is another process here.
    refused = spawnSync("unshare", enter, { encoding: "utf8" }).stdout;
    return Promise.resolve();
  });
  expect(refused).toContain("round");
  expect(refused).not.toMatch(/^in /m);
});

const ROUNDS = 10;

const SCRIPT = `
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withFileLock } from "./base/file-lock.js";
const [, , path, folder] = process.argv;
const options = { command: "test", atMost: 0, takeUnreadable: true, held: () => new Error("held"), failed: (error) => error };
const mark = (word) => process.stdout.write(word + " " + process.hrtime.bigint() + "\\n");
mark("ready");
for (let round = 1; round <= ${ROUNDS}; round += 1) {
  while (!existsSync(join(folder, "go-" + round)));
  await withFileLock(path, options, async () => {
    mark("in");
    await new Promise((resolve) => setTimeout(resolve, 20));
    mark("out");
  }).catch((error) => {
    if (error.message !== "held") throw error;
  });
  mark("round");
}
`;
