import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { livingChildren } from "../../src/base/child-notes.js";
import { holderOf } from "../../src/base/lock-holder.js";
import { clusterPaths } from "../../src/base/paths.js";
import { lockState, withLock } from "../../src/engine/lock.js";
import { buildProgram, type BuiltProgram } from "../fakes/built-program.js";

let program: BuiltProgram;
let folder: string;
let children: string;
let lock: string;
beforeAll(async () => {
  program = await buildProgram("left-at-work", ["engine/lock.ts", "base/process.ts"], SCRIPT);
}, 120_000);
afterAll(() => program.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "alpine-k8s-left-"));
  ({ children, lock } = clusterPaths(folder));
});

const take = (): Promise<string> => withLock(lock, "alpine-k8s up", () => Promise.resolve("taken"));

/** Starts a run that holds the lock and waits for a program, kills it, and returns the program's pid. */
async function killedRun(): Promise<number> {
  const run = spawn(process.execPath, [program.path, folder], { stdio: ["ignore", "inherit", "inherit"] });
  const gone = new Promise((resolve) => run.on("close", resolve));
  await vi.waitFor(async () => expect(await livingChildren(children)).toHaveLength(1), { timeout: 30_000 });
  await vi.waitFor(() => expect(existsSync(join(folder, "began"))).toBe(true), { timeout: 30_000 });
  const [child] = await livingChildren(children);
  if (child === undefined) throw new Error("the program has ended");
  onTestFinished(() => void spawn("kill", ["-KILL", "--", `-${child.pid}`]));
  await expect(take()).rejects.toThrow(`another run works on this cluster: alpine-k8s up, process ${run.pid} on `);
  run.kill("SIGKILL");
  await gone;
  return child.pid;
}

describe("what a killed run left at work", () => {
  test("keeps the next run from starting a second one, until it has ended as the advice says", async () => {
    const pid = await killedRun();
    const words = `sh -c ${WORK} ${join(folder, "began")}, process ${pid} on `;
    const refusal = await take().catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      kind: "locked",
      message: expect.stringContaining(`a run that was killed left a program at work: ${words}`) as string,
      hints: [
        `wait for it: while kill -0 ${pid} 2>/dev/null; do sleep 1; done`,
        `or end it, which it does cleanly: kill -INT -- -${pid}`,
        `if you are sure that it is gone: rm -r '${children}'`,
      ],
    });
    expect(await lockState(lock)).toMatchObject({
      state: "held",
      holder: expect.stringContaining(words) as string,
    });
    const { hints } = refusal as { readonly hints: readonly string[] };
    const typed = (hint: string): string => hint.slice(hint.indexOf(": ") + 2);
    execFileSync("bash", ["-c", `${typed(hints[1] ?? "")} && ${typed(hints[0] ?? "")}`], { timeout: 20_000 });
    expect(await readFile(join(folder, "began"), "utf8")).toBe("began\ncleanly\n");
    expect(await take()).toBe("taken");
    expect(existsSync(children)).toBe(false);
  });

  test("is waited for by a run that can say so, which then goes on", async () => {
    const pid = await killedRun();
    const told: string[] = [];
    const waiting = { signal: new AbortController().signal, tell: (words: string) => void told.push(words) };
    const taken = withLock(lock, "alpine-k8s up", () => Promise.resolve("taken"), waiting);
    await vi.waitFor(() => expect(told).toHaveLength(1), { timeout: 15_000 });
    const words = `waiting for sh -c ${WORK} ${join(folder, "began")}, process ${pid} on `;
    expect(told[0]).toContain(words);
    expect(told[0]).toContain(`left it at work; to end it: kill -INT -- -${pid}`);
    execFileSync("kill", ["-INT", "--", `-${pid}`]);
    expect(await taken).toBe("taken");
    expect(existsSync(children)).toBe(false);
  });

  test("one that is waited for keeps nobody from ending the wait", async () => {
    await killedRun();
    const abort = new AbortController();
    const taken = withLock(lock, "x", () => Promise.resolve(), {
      signal: abort.signal,
      tell: () => abort.abort(new Error("enough")),
    });
    await expect(taken).rejects.toMatchObject({ name: "AbortError" });
    expect(abort.signal.aborted).toBe(true);
    expect(await livingChildren(children)).toHaveLength(1);
  });

  test("is only noted as long as it runs", async () => {
    const pid = await killedRun();
    execFileSync("kill", ["-KILL", "--", `-${pid}`]);
    await vi.waitFor(async () => expect(await livingChildren(children)).toEqual([]), { timeout: 15_000 });
    expect(await lockState(lock)).toMatchObject({ state: "stale" });
    expect(await take()).toBe("taken");
    expect(await readdir(folder)).toEqual(["began"]);
  });
});

test("a note of a process whose number another one has now, or that nobody can read, keeps nobody out", async () => {
  await mkdir(children, { recursive: true });
  const self = await holderOf(process.pid, "vagrant up");
  await writeFile(join(children, "1"), JSON.stringify({ ...self, started: String(Number(self.started) - 1) }));
  await writeFile(join(children, "2"), "{");
  await writeFile(join(children, "3"), JSON.stringify({ ...self, pid: 2 ** 22 + 1 }));
  expect(await take()).toBe("taken");
  expect(await readdir(folder)).toEqual([]);
  await mkdir(children, { recursive: true });
  await writeFile(join(children, "4"), JSON.stringify(self));
  await expect(take()).rejects.toThrow(`left a program at work: vagrant up, process ${process.pid}`);
});

/** What vagrant does on INT: it comes to an end. The file is its first argument. */
const WORK = `trap 'echo cleanly >>"$0"; exit 1' INT; echo began >"$0"; while :; do sleep 0.1; done`;

const SCRIPT = `
import { clusterPaths } from "./base/paths.js";
import { runLocal } from "./base/process.js";
import { withLock } from "./engine/lock.js";
const { children, lock } = clusterPaths(process.argv[2]);
await withLock(lock, "alpine-k8s up", () =>
  runLocal({ program: "sh", args: ["-c", ${JSON.stringify(WORK)}, process.argv[2] + "/began"], notes: children, missing: { message: "", hints: [] } }),
);
`;
