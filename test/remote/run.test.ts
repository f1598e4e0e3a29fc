import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMMAND_LINE } from "../../src/remote/bootstrap.js";
import { RemoteCommandError } from "../../src/remote/remote-command-error.js";
import { processesOf, procText } from "./processes.js";
import { failureOf, isGone, TestBed } from "./ssh-server.js";

let bed: TestBed;
beforeEach(() => {
  bed = new TestBed();
});
afterEach(() => bed.end());

/** Resolves with the first line that a running command prints. */
function firstLine(): { onLine: (line: string) => void; line: Promise<string> } {
  let onLine: (line: string) => void = () => undefined;
  const line = new Promise<string>((resolve) => {
    onLine = resolve;
  });
  return { onLine: (text) => onLine(text), line };
}

describe("a command", () => {
  it("gives stdout and stderr apart and exit code 0", async () => {
    const { host } = await bed.host();
    const result = await host.run({ name: "both", script: "echo out; echo err >&2" });
    expect(result).toEqual({ exitCode: 0, stdout: "out\n", stderr: "err\n" });
  });

  it("fails with its own exit code and the last lines of stderr", async () => {
    const { host } = await bed.host();
    const failure = await failureOf(
      host.run({ name: "shared.sh", script: "echo told; for i in 1 2 3 4 5 6 7; do echo line $i >&2; done; exit 7" }),
    );
    expect(failure).toBeInstanceOf(RemoteCommandError);
    expect(failure).toMatchObject({
      kind: "node",
      node: "master1",
      command: "shared.sh",
      exitCode: 7,
      stdout: "told\n",
    });
    expect(failure.message).toBe(
      'master1: "shared.sh" ended with exit code 7:\n  line 3\n  line 4\n  line 5\n  line 6\n  line 7',
    );
  });

  it("shows stdout when stderr is empty, and says when there is nothing", async () => {
    const { host } = await bed.host();
    expect((await failureOf(host.run({ name: "a", script: "echo why; exit 1" }))).message).toBe(
      'master1: "a" ended with exit code 1:\n  why',
    );
    expect((await failureOf(host.run({ name: "b", script: "exit 2" }))).message).toBe(
      'master1: "b" ended with exit code 2 and said nothing',
    );
  });

  it("reports a script that was killed as 128 + signal", async () => {
    const { host } = await bed.host();
    expect(await failureOf(host.run({ name: "killed", script: "kill -KILL $$" }))).toMatchObject({ exitCode: 137 });
  });

  it("passes on what the shell says of a mistake in the script", async () => {
    const { host } = await bed.host();
    const run = { name: "n", script: "set -u\n\necho $missing", variables: { A: "1" }, input: "x" };
    expect((await failureOf(host.run(run))).message).toMatch(/exit code 2:\n.*missing: parameter not set/);
    expect((await failureOf(host.run({ name: "n", script: "if true; then" }))).message).toMatch(/syntax error/i);
  });

  it.each([
    ["busybox ash", ["busybox", "ash"]],
    ["dash", ["dash"]],
    ["bash", ["bash"]],
    ...(existsSync("/usr/bin/fish") ? [["fish", ["fish"]] as [string, string[]]] : []),
  ])("takes every value through a login shell %s", async (_name, shell) => {
    const { host } = await bed.host({ shell });
    const value = `it's "$HOME" \`id\` \\ $(id) !x *\t${String.fromCharCode(0x81, 0x88)} ü…\n second\n`;
    const result = await host.run({
      name: "value",
      script: `printf %s "$A"; printf %s "$B" >&2; exit 0 # a comment at the end`,
      variables: { A: value, B: "" },
    });
    expect(result).toEqual({ exitCode: 0, stdout: value, stderr: "" });
  });

  it("reads from /dev/null without input, and its input with it", async () => {
    const { host } = await bed.host();
    expect((await host.run({ name: "none", script: "wc -c" })).stdout.trim()).toBe("0");
    const bytes = randomBytes(300_000);
    const result = await host.run({ name: "input", script: "sha256sum", input: bytes });
    expect(result.stdout).toContain(createHash("sha256").update(bytes).digest("hex"));
    expect((await host.run({ name: "empty", script: "wc -c", input: "" })).stdout.trim()).toBe("0");
    expect((await host.run({ name: "unread", script: "exit 0", input: bytes })).stderr).toBe("");
    expect(await failureOf(host.run({ name: "code", script: "cat >&2; exit 9", input: "in" }))).toMatchObject({
      exitCode: 9,
      stderr: "in",
    });
  });

  it("runs scripts far larger than the kernel allows for one argument", async () => {
    const { host } = await bed.host();
    const filler = `# ${"x".repeat(97)}\n`;
    for (const size of [100_000, 1_000_000]) {
      const script = `echo first\n${filler.repeat(size / 100)}echo last`;
      expect((await host.run({ name: "large", script })).stdout).toBe("first\nlast\n");
    }
  });

  it("takes 10 MB of output and hands out every line", async () => {
    const { host } = await bed.host();
    let lines = 0;
    const script = "yes 0123456789abcdefghijklmnopqrstuvwxyzABC | head -c 10000000";
    const result = await host.run({ name: "much", script, onLine: () => (lines += 1) });
    expect(result.stdout.length).toBe(10_000_000);
    expect(lines).toBe(250_000);
  });

  it("does not wait for a daemon that keeps the streams open", async () => {
    const { host } = await bed.host();
    const result = await host.run({ name: "daemon", script: "setsid sleep 4 & echo $!; sleep 0.2", timeout: 3_500 });
    process.kill(Number(result.stdout), "SIGKILL");
  });

  it("keeps variables and script out of every argument list and environment", async () => {
    const { host, server } = await bed.host();
    const canary = `canary-${randomBytes(8).toString("hex")}`;
    const { onLine, line } = firstLine();
    const running = host.run({
      name: "canary",
      script: `# script-${canary}\necho ready; (sleep 0.7); : "$SECRET"`,
      variables: { SECRET: canary },
      onLine,
    });
    await line;
    const found = readdirSync("/proc")
      .filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)
      .filter((pid) => ["cmdline", "environ"].some((file) => procText(pid, file).includes(canary)));
    expect(found).toEqual([]);
    await running;
    expect(server.commandLines).toEqual([COMMAND_LINE]);
    expect(COMMAND_LINE.slice(0, -1)).not.toMatch(/\\|\n/);
    expect(COMMAND_LINE.replaceAll(/'[^']*'/g, "")).toBe("sh -c  sh   ");
  });

  it("leaves nothing of its own behind, and what the script started goes on", async () => {
    const ownTmp = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs none /tmp && exec busybox ash "$@"', "sh"];
    const { host } = await bed.host({ shell: ownTmp });
    const result = await host.run({
      name: "tidy",
      script: "ls /proc/self/fd; sleep 300 >/dev/null 2>&1 & echo pid $!",
    });
    const own = result.stdout.split("\n").filter((fd) => /^\d\d?$/.test(fd));
    expect(own).toEqual(["0", "1", "2", "3"]);
    const started = Number(/pid (\d+)/.exec(result.stdout)?.[1]);
    expect(await isGone(started, 500)).toBe(false);
    expect(readdirSync(`/proc/${started}/root/tmp`)).toEqual([]);
    process.kill(started);
    await expect.poll(() => processesOf(COMMAND_LINE.slice(200, 300)), { timeout: 2_000 }).toEqual([]);
  });

  it("refuses what a shell cannot carry", async () => {
    const { host } = await bed.host();
    await expect(host.run({ name: "x", script: "a\0b" })).rejects.toThrow("must not contain a NUL byte");
    await expect(host.run({ name: "x", script: ":", variables: { "A;id": "" } })).rejects.toThrow(
      '"A;id" cannot be the name of a variable',
    );
  });
});
