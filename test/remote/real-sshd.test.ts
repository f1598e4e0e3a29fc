import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectSsh } from "../../src/remote/connect-ssh.js";
import { openHostKeys } from "../../src/remote/host-keys.js";
import type { RemoteHost } from "../../src/remote/remote-host.js";
import { procText } from "./processes.js";
import { startRealServer, type RealServer } from "./real-servers.js";
import { failureOf, isGone, TestBed } from "./ssh-server.js";

describe.each(["sshd", "dropbear"] as const)("with a real %s", (kind) => {
  const files = new TestBed();
  let server: RealServer;
  let bed: TestBed;
  beforeAll(async () => {
    chmodSync(files.folder, 0o755);
    server = await startRealServer(kind, join(files.folder, kind));
  });
  afterAll(async () => {
    await server.stop();
    await files.end();
  });
  beforeEach(() => {
    bed = new TestBed();
  });
  afterEach(() => bed.end());

  const connect = (user = "root"): Promise<RemoteHost> => bed.connect(bed.target(server, { user }));

  it("runs commands, with its exit codes, its streams and large scripts", async () => {
    const host = await connect();
    expect(await host.run({ name: "a", script: "echo out; echo err >&2" })).toEqual({
      exitCode: 0,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect(await failureOf(host.run({ name: "b", script: "echo bad >&2; exit 7" }))).toMatchObject({
      exitCode: 7,
      stderr: "bad\n",
    });
    const filler = `# ${"x".repeat(97)}\n`.repeat(3_000);
    expect((await host.run({ name: "c", script: `${filler}echo last` })).stdout).toBe("last\n");
    expect((await host.run({ name: "d", script: "yes $(printf %099d 0) | head -c 10000000" })).stdout.length).toBe(
      10_000_000,
    );
    const together = [1, 2, 3, 4, 5].map((n) => host.run({ name: "e", script: `sleep 0.1; echo ${n}` }));
    expect((await Promise.all(together)).map(({ stdout }) => stdout.trim())).toEqual(["1", "2", "3", "4", "5"]);
  });

  it("opens a port as the machine reaches it, where forwarding is not allowed", async () => {
    const echo = createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    const host = await connect("nobody1");
    const stream = await host.openPort("127.0.0.1", (echo.address() as AddressInfo).port);
    const bytes = randomBytes(3_000_000);
    stream.end(bytes);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    echo.close();
    const closed = await host.openPort("127.0.0.1", 1);
    await expect(async () => {
      for await (const chunk of closed) expect(chunk).toBe("nothing");
    }).rejects.toThrow(/^master1: .*refused/);
  });

  it("puts files without sftp", async () => {
    const host = await connect();
    const path = join(bed.folder, "folder", "file");
    const bytes = randomBytes(300_000);
    expect(await host.putFile(path, bytes, { mode: 0o640 })).toBe("written");
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(await host.putFile(path, bytes, { mode: 0o640 })).toBe("unchanged");
  });

  it("pins the key so that plain ssh takes it too", async () => {
    await connect();
    expect(readFileSync(bed.hostKeys.path, "utf8").trim()).toBe(`master1 ${server.hostKeyLine}`);
    await bed.connect(bed.target(server, { hostKey: server.hostKeyLine }));
    const key = join(bed.folder, "key");
    writeFileSync(key, server.userKey.privateKey, { mode: 0o600 });
    const options = [`UserKnownHostsFile=${bed.hostKeys.path}`, "HostKeyAlias=master1", "StrictHostKeyChecking=yes"];
    const args = ["-F", "none", "-i", key, "-p", String(server.port), ...options.flatMap((option) => ["-o", option])];
    expect(execFileSync("ssh", [...args, "root@127.0.0.1", "echo by hand"], { encoding: "utf8" })).toBe("by hand\n");
  });

  it("advises a command that works as it is printed, with the same key and host key", async () => {
    const odd = join(bed.folder, "a key's %folder");
    mkdirSync(odd);
    const key = join(odd, "id");
    writeFileSync(key, server.userKey.privateKey, { mode: 0o600 });
    const hostKeys = openHostKeys(join(odd, "known hosts"));
    const target = bed.target(server, { user: "nobody1", identityFiles: [key] });
    const host = await connectSsh(target, { hostKeys });
    const failure = await failureOf(host.run({ name: "id", script: "id -u" }));
    await host.close();
    const advice = (failure["hints"] as string[]).find((hint) => hint.startsWith("try: ssh ")) ?? "";
    const command = advice.replace("try: ssh ", "ssh -F none -o BatchMode=yes ").replace(/ sudo -n true$/, " echo in");
    expect(execFileSync("sh", ["-c", command], { encoding: "utf8" })).toBe("in\n");
  });

  it("refuses a key with words", async () => {
    const failure = await failureOf(bed.connect(bed.target(server, { privateKeys: [otherKey()] })));
    expect(failure.message).toMatch(/: the machine refused the login of root; tried key 1 \(ssh-ed25519 SHA256:\S+\)$/);
  });

  it("becomes root by sudo or doas, and says when neither works", async () => {
    const script = 'id -u; printf "%s %s" "$A" "$(cat)"';
    const command = { name: "id", script, variables: { A: "v" }, input: "in" };
    expect((await (await connect("root")).run(command)).stdout).toBe("0\nv in");
    expect((await (await connect("sudoer")).run(command)).stdout).toBe("0\nv in");
    expect((await (await connect("doer")).run(command)).stdout).toBe("0\nv in");
    const failure = await failureOf((await connect("nobody1")).run(command));
    expect(failure.message).toMatch(
      /^master1: "id" could not be started: become: neither sudo nor doas works without a password, sudo: .*, doas: .*$/,
    );
  });

  it.each(["root", "sudoer", "doer"])(
    "ends the whole group of %s's command when the connection drops",
    async (user) => {
      const host = await connect(user);
      const pids: number[] = [];
      const failure = failureOf(
        host.run({
          name: "shared.sh",
          script: "sleep 320 & echo $!; echo $$; wait",
          onLine: (line) => pids.push(Number(line)),
        }),
      );
      await expect.poll(() => pids.length, { timeout: 5_000 }).toBe(2);
      const socket = (host as unknown as { client: { destroy(): void } }).client;
      socket.destroy();
      expect((await failure).message).toMatch(/was lost/);
      for (const pid of pids) expect(await isGone(pid, 2_500)).toBe(true);
    },
  );

  it.each(["root", "sudoer"])("ends the command of %s at its limit and goes on", async (user) => {
    const host = await connect(user);
    const pids: number[] = [];
    const onLine = (line: string): number => pids.push(Number(line));
    const failure = await failureOf(host.run({ name: "slow", script: "echo $$; sleep 321", timeout: 700, onLine }));
    expect(failure["kind"]).toBe("timeout");
    expect(await isGone(pids[0] ?? 0, 2_500)).toBe(true);
    expect((await host.run({ name: "after", script: "echo on" })).stdout).toBe("on\n");
  });

  it("shows nothing of a command to other users of the machine", async () => {
    const host = await connect("sudoer");
    const canary = `canary-${randomBytes(8).toString("hex")}`;
    let ready = false;
    const script = `# ${canary}\necho ready; (sleep 0.7); : "$A"`;
    const running = host.run({ name: "x", script, variables: { A: canary }, onLine: () => (ready = true) });
    await expect.poll(() => ready, { timeout: 5_000 }).toBe(true);
    const seen = readdirSync("/proc")
      .filter((pid) => /^[0-9]+$/.test(pid) && Number(pid) !== process.pid)
      .filter((pid) => ["cmdline", "environ"].some((file) => procText(pid, file).includes(canary)));
    expect(seen).toEqual([]);
    await running;
    expect(server.log()).not.toContain(canary);
  });

  it("leaves nothing of its own running, and what the script started goes on", async () => {
    const host = await connect();
    const { stdout } = await host.run({ name: "x", script: "sleep 322 >/dev/null 2>&1 & echo $!" });
    expect(await isGone(Number(stdout), 500)).toBe(false);
    process.kill(Number(stdout));
    const running = host.run({ name: "y", script: "sleep 1" });
    await expect.poll(() => leftovers(server.port).length, { timeout: 5_000 }).toBeGreaterThan(0);
    await running;
    await expect.poll(() => leftovers(server.port), { timeout: 5_000 }).toEqual([]);
  });
});

function otherKey(): string {
  return execFileSync(
    "sh",
    ["-c", 'f=$(mktemp -u); ssh-keygen -q -t ed25519 -N "" -f "$f"; cat "$f"; rm "$f" "$f.pub"'],
    {
      encoding: "utf8",
    },
  );
}

/** Our shells that the server at this port has started; other tests, and clusters on this computer, have theirs. */
function leftovers(port: number): string[] {
  const ofServer = new RegExp(`(?:^|\0)SSH_CONNECTION=\\S+ \\d+ \\S+ ${port}\0`);
  return readdirSync("/proc")
    .filter((pid) => /^[0-9]+$/.test(pid) && ofServer.test(procText(pid, "environ")))
    .map((pid) => procText(pid, "cmdline"))
    .filter((line) => line.startsWith("sh\0") && /while read -r line|unset text/.test(line));
}
