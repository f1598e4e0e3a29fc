import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlpineK8sError } from "../../src/base/errors.js";
import { processesOf } from "./processes.js";
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
      /^master1: the connection to 127\.0\.0\.1:\d+ was lost: .+ \(while "shared\.sh" ran; a node that still runs ends it\)$/,
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
