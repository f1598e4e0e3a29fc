import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { runLocal, type LocalCommand } from "../../src/base/process.js";

const missing = { message: "frobnicate is not installed", hints: ["apt-get install frobnicate"] };
const sh = (script: string, more: Partial<LocalCommand> = {}): LocalCommand => ({
  program: "sh",
  args: ["-c", script],
  missing,
  ...more,
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a local program", () => {
  it("gives its exit code and both outputs, and whole lines as they come", async () => {
    const lines: string[] = [];
    const onLine = (line: string, stream: string): number => lines.push(`${stream}:${line}`);
    const result = await runLocal(sh("echo one; echo two >&2; printf three; exit 7", { onLine }));
    expect(result).toEqual({ exitCode: 7, stdout: "one\nthree", stderr: "two\n" });
    expect(lines.sort()).toEqual(["stderr:two", "stdout:one", "stdout:three"]);
  });

  it("that is missing is a prerequisite, with what to install", async () => {
    await expect(runLocal({ program: "frobnicate", args: [], missing })).rejects.toMatchObject({
      kind: "prerequisite",
      message: "frobnicate is not installed",
      hints: ["apt-get install frobnicate"],
    });
  });

  it("past its limit is ended and named", async () => {
    await expect(runLocal(sh("sleep 30", { timeout: 200, graceMs: 200 }))).rejects.toThrow(
      /sh -c did not end within 0 s and was ended/,
    );
  });

  it("hands out a line that never ends cut", async () => {
    const lines: string[] = [];
    await runLocal(
      sh("head -c 3000000 /dev/zero | tr '\\0' A; echo; echo next", { onLine: (line) => lines.push(line) }),
    );
    expect(lines.map((line) => line.length < 1_100_000)).toEqual([true, true]);
    expect(lines[1]).toBe("next");
  });

  it.each([
    ["bytes", "head -c 70000000 /dev/zero | tr '\\0' A", "64 MiB"],
    ["lines", "yes '' | head -n 400000", "300000 lines"],
  ])(
    "that prints too many %s is ended, and that is said",
    async (_, script, most) => {
      let lines = 0;
      const run = runLocal(sh(`${script}; sleep 30`, { graceMs: 200, onLine: () => (lines += 1) }));
      await expect(run).rejects.toMatchObject({
        kind: "node",
        message: `sh -c printed more than ${most} and was ended`,
      });
      expect(lines).toBeLessThan(400_000);
    },
    120_000,
  );

  it("gets one INT on abort, as a whole group, and is waited for", async () => {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-"));
    const stop = new AbortController();
    const script = `trap 'echo INT >> ${folder}/told; sleep 0.2; echo ended >> ${folder}/told; exit 1' INT; echo $$ > ${folder}/pid; while :; do sleep 0.05; done`;
    const run = runLocal(sh(script, { signal: stop.signal }));
    const failed = expect(run).rejects.toThrow("enough");
    await sleep(300);
    stop.abort(new Error("enough"));
    await failed;
    expect(await readFile(join(folder, "told"), "utf8")).toBe("INT\nended\n");
    expect(isAlive(Number(await readFile(join(folder, "pid"), "utf8")))).toBe(false);
  });

  it("that ignores INT is killed after the grace", async () => {
    const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-"));
    const stop = new AbortController();
    const run = runLocal(
      sh(`trap '' INT; echo $$ > ${folder}/pid; while :; do sleep 0.05; done`, { signal: stop.signal, graceMs: 200 }),
    );
    const failed = expect(run).rejects.toThrow("enough");
    await sleep(300);
    stop.abort(new Error("enough"));
    await failed;
    expect(isAlive(Number(await readFile(join(folder, "pid"), "utf8")))).toBe(false);
  });
});
