import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
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

describe("a command that is stopped", () => {
  const stubborn = "trap '' TERM; echo $$; while :; do sleep 1; done";

  it("ends its whole group at the time limit and says what it said last", async () => {
    const { host } = await bed.host();
    const pids: number[] = [];
    const failure = await failureOf(
      host.run({
        name: "slow",
        script: "echo $$; sleep 301 & echo $!; echo waiting for kubelet >&2; wait",
        timeout: 3_000,
        onLine: (line) => /^\d+$/.test(line) && pids.push(Number(line)),
      }),
    );
    expect(failure).toMatchObject({ kind: "timeout", node: "master1" });
    expect(failure.message).toBe(
      'master1: "slow" did not end within 3 s and was stopped; it last said: waiting for kubelet',
    );
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(await isGone(pid, 1_500)).toBe(true);
    expect((await host.run({ name: "after", script: "echo alive" })).stdout).toBe("alive\n");
  });

  it("is killed after the grace when it ignores TERM", async () => {
    const { host } = await bed.host();
    const { onLine, line } = firstLine();
    const failure = failureOf(host.run({ name: "stubborn", script: stubborn, timeout: 300, onLine }));
    const pid = Number(await line);
    expect((await failure)["kind"]).toBe("timeout");
    expect(await isGone(pid, 9_000)).toBe(true);
  });

  it("throws the signal's reason on abort, once the group is gone", async () => {
    const { host } = await bed.host();
    const { onLine, line } = firstLine();
    const abort = new AbortController();
    const reason = new AlpineK8sError("interrupted", "interrupted");
    const failure = failureOf(host.run({ name: "abort", script: "echo $$; sleep 302", signal: abort.signal, onLine }));
    const pid = Number(await line);
    abort.abort(reason);
    expect(await failure).toBe(reason);
    expect(await isGone(pid, 200)).toBe(true);
    expect(await failureOf(host.run({ name: "again", script: ":", signal: abort.signal }))).toBe(reason);
  });

  it("also ends a command with input", async () => {
    const { host } = await bed.host();
    const { onLine, line } = firstLine();
    const failure = failureOf(
      host.run({ name: "in", script: "cat; echo; sleep 303", input: "x", timeout: 3_000, onLine }),
    );
    await line;
    expect((await failure)["kind"]).toBe("timeout");
    await expect.poll(() => processesOf("sleep\u0000303"), { timeout: 2_000 }).toEqual([]);
  });

  it("is ended by its watchdog when the connection drops", async () => {
    const { host, server } = await bed.host();
    const { onLine, line } = firstLine();
    const failure = failureOf(host.run({ name: "shared.sh", script: "echo $$; sleep 304; echo survived", onLine }));
    const pid = Number(await line);
    server.cut();
    const error = await failure;
    expect(error).toMatchObject({ kind: "node", node: "master1" });
    expect(error.message).toMatch(
      /^master1: the connection to 127\.0\.0\.1:\d+ was lost: .+ \(while "shared\.sh" ran; it is being ended on the node\)$/,
    );
    expect(error["hints"]).toContainEqual(
      expect.stringMatching(/ssh -p \d+ -o HostKeyAlias=master1 .* root@127\.0\.0\.1$/),
    );
    expect(await isGone(pid, 1_500)).toBe(true);
    expect((await failureOf(host.run({ name: "later", script: ":" }))).message).toMatch(/was lost/);
  });

  it("notices by keepalives that the machine does not answer any more", async () => {
    const server = await bed.server();
    const host = await bed.connect(bed.target(server), { keepalive: 100 });
    const { onLine, line } = firstLine();
    const failure = failureOf(host.run({ name: "shared.sh", script: "echo $$; sleep 305", onLine }));
    const pid = Number(await line);
    server.freeze();
    expect((await failure).message).toMatch(/was lost: keepalive timeout \(while "shared\.sh" ran/i);
    server.cut();
    expect(await isGone(pid, 1_500)).toBe(true);
  });

  it("fails with what the caller's own code threw", async () => {
    const { host } = await bed.host();
    const onLine = (): never => {
      throw new Error("a mistake in the caller");
    };
    await expect(host.run({ name: "x", script: "echo; sleep 306", onLine })).rejects.toThrow("a mistake in the caller");
  });

  it("that prints line ends without end is stopped with words", async () => {
    const { host } = await bed.host();
    const failure = await failureOf(host.run({ name: "flood", script: "yes ''" }));
    expect(failure).toMatchObject({ kind: "node", node: "master1" });
    expect(failure.message).toBe('master1: "flood" printed more than 300000 lines on stdout');
  });

  it("never starts a script that came in part", async () => {
    const { host, server } = await bed.host();
    const mark = join(bed.folder, "started");
    const abort = new AbortController();
    const running = failureOf(
      host.run({ name: "part", script: `touch ${mark}\n#${"x".repeat(20_000_000)}`, signal: abort.signal }),
    );
    await expect.poll(() => server.received.length, { interval: 1 }).toBeGreaterThan(0);
    server.cut();
    expect((await running).message).toMatch(/was lost/);
    const pid = server.children[0]?.pid ?? 0;
    expect(await isGone(pid, 2_000)).toBe(true);
    expect(existsSync(mark)).toBe(false);
  });

  it("lets go of a machine that does not answer the goodbye, so that the program can end", async () => {
    const { host, server } = await bed.host();
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const before = sockets();
    server.freeze();
    await host.close();
    await expect.poll(sockets).toBe(before - 1);
  });

  it("fails with words when this program closed the connection", async () => {
    const { host } = await bed.host();
    await host.close();
    await host.close();
    expect((await failureOf(host.run({ name: "x", script: ":" }))).message).toBe(
      "master1: the connection was closed by this program",
    );
  });
});
