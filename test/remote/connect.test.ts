import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHostKeys } from "../../src/remote/host-keys.js";
import { createSshKeyPair } from "../../src/remote/key-pair.js";
import { failureOf, TestBed } from "./ssh-server.js";

let bed: TestBed;
beforeEach(() => {
  bed = new TestBed();
});
afterEach(() => bed.end());

const HOST_KEY = createSshKeyPair("host");
const HOST_KEY_TEXT = HOST_KEY.publicKey.split(" ").slice(0, 2).join(" ");

describe("the host key", () => {
  it("is accepted once, told, pinned under the node's name, and accepted again", async () => {
    const server = await bed.server({ hostKeys: [HOST_KEY.privateKey] });
    await bed.connect(bed.target(server));
    expect(bed.pinned).toEqual([expect.stringMatching(/^master1 SHA256:[A-Za-z0-9+/]{43}$/)]);
    expect(readFileSync(bed.hostKeys.path, "utf8")).toBe(`master1 ${HOST_KEY_TEXT}\n`);
    expect(statSync(bed.hostKeys.path).mode & 0o777).toBe(0o600);
    await bed.connect(bed.target(server));
    expect(bed.pinned).toHaveLength(1);
  });

  it("refuses another one with both fingerprints, the file and the line, and does not log in", async () => {
    const server = await bed.server({ hostKeys: [HOST_KEY.privateKey] });
    await bed.connect(bed.target(server, { name: "minion1" }));
    await bed.connect(bed.target(server));
    const replaced = await bed.server({ accept: server.userKey });
    const failure = await failureOf(
      bed.connect(bed.target({ ...server, port: replaced.port }), { retry: { atMost: 60_000, every: 10 } }),
    );
    expect(failure).toMatchObject({ kind: "node", node: "master1" });
    const [, pinned] = (bed.pinned[0] ?? "").split(" ");
    expect(failure.message).toMatch(
      new RegExp(
        `^master1: the machine at 127\\.0\\.0\\.1:${replaced.port} shows the host key SHA256:\\S+ \\(ssh-ed25519\\), but pinned is `,
      ),
    );
    expect(failure.message).toContain(
      `${pinned} (ssh-ed25519, line 2 of ${bed.hostKeys.path}); nothing was sent to it`,
    );
    expect(failure["hints"]).toContain(
      `when the machine was replaced on purpose: remove line 2 of ${bed.hostKeys.path} and run the same command again`,
    );
  });

  it("is strict from the first time on when the user gave it", async () => {
    const server = await bed.server({ hostKeys: [HOST_KEY.privateKey] });
    const other = createSshKeyPair("other").publicKey;
    const failure = await failureOf(bed.connect(bed.target(server, { hostKey: other })));
    expect(failure.message).toMatch(
      /shows the host key SHA256:\S+ \(ssh-ed25519\), but the spec gives SHA256:\S+ as its hostKey/,
    );
    expect(failure["hints"]).toEqual([
      "when the machine was replaced on purpose: change hostKey of master1 in the spec",
    ]);
    await bed.connect(bed.target(server, { hostKey: `${HOST_KEY_TEXT} root@master1` }));
    expect(readFileSync(bed.hostKeys.path, "utf8")).toBe(`master1 ${HOST_KEY_TEXT}\n`);
    expect(bed.pinned).toEqual([]);
    const nonsense = await failureOf(bed.connect(bed.target(server, { hostKey: "ssh-ed25519 AAAA" })));
    expect(nonsense).toMatchObject({ kind: "usage" });
    expect(nonsense.message).toBe('master1: "ssh-ed25519 AAAA" is not a public host key such as "ssh-ed25519 AAAA…"');
  });

  it("is asked for in the pinned type when the machine has several", async () => {
    const { utils } = ssh2;
    const ecdsa = utils.generateKeyPairSync("ecdsa", { bits: 256 });
    const first = await bed.server({ hostKeys: [ecdsa.private] });
    await bed.connect(bed.target(first));
    const both = await bed.server({ hostKeys: [HOST_KEY.privateKey, ecdsa.private], accept: first.userKey });
    await bed.connect(bed.target(both));
    expect(readFileSync(bed.hostKeys.path, "utf8")).toMatch(/^master1 ecdsa-sha2-nistp256 \S+\n$/);
  });

  it("is pinned for every node when all connect at once", async () => {
    const server = await bed.server();
    const names = Array.from({ length: 12 }, (_, index) => `minion${index + 1}`);
    await Promise.all(names.map((name) => bed.connect(bed.target(server, { name }))));
    const lines = readFileSync(bed.hostKeys.path, "utf8").trim().split("\n");
    expect(lines.map((line) => line.split(" ")[0]).sort()).toEqual([...names].sort());
    expect(bed.pinned).toHaveLength(12);
  });

  it("is not pinned when the login fails", async () => {
    const server = await bed.server();
    await failureOf(bed.connect(bed.target(server, { privateKeys: [createSshKeyPair("x").privateKey] })));
    expect(await bed.hostKeys.find("master1")).toEqual([]);
  });
});

/** What a server says first that can only show a certificate of its host key. */
function certificateOnly(): Buffer {
  const lists = ["curve25519-sha256", "ssh-ed25519-cert-v01@openssh.com", "aes128-ctr", "aes128-ctr"];
  const texts = [...lists, "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""].map((list) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(list.length);
    return Buffer.concat([length, Buffer.from(list)]);
  });
  const payload = Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...texts, Buffer.alloc(5)]);
  const padding = 12 - ((payload.length + 9) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + padding + 1);
  head.writeUInt8(padding, 4);
  return Buffer.concat([Buffer.from("SSH-2.0-Test\r\n"), head, payload, Buffer.alloc(padding)]);
}

it("a machine that shows only a certificate of its host key is told as such", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write(certificateOnly());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const failure = await failureOf(bed.connect(bed.target({ port, userKey: HOST_KEY })));
  expect(failure.message).toContain(
    "the machine shows no host key of a kind that is taken (ed25519, ECDSA, RSA); host certificates are not used: let its " +
      "sshd offer the plain key, too (HostKeyAlgorithms)",
  );
  server.close();
});

describe("the login", () => {
  it("tries keys in their order, and names what was tried when all are refused", async () => {
    const server = await bed.server();
    const wrong = createSshKeyPair("wrong").privateKey;
    await bed.connect(bed.target(server, { privateKeys: [wrong, "nonsense", server.userKey.privateKey] }));
    const failure = await failureOf(
      bed.connect(bed.target(server, { privateKeys: [wrong, "nonsense"], agent: "/nowhere/agent.sock" })),
    );
    expect(failure).toMatchObject({ kind: "node", node: "master1" });
    expect(failure.message).toMatch(
      /^master1: no ssh connection to 127\.0\.0\.1:\d+: the machine refused the login of root; tried key 1 \(ssh-ed25519 SHA256:\S+\), key 2 \(not usable: it is not a private key in PEM or OpenSSH format\), agent \/nowhere\/agent\.sock$/,
    );
    expect(failure["hints"]).toEqual([
      `to see it by hand: ssh -p ${server.port} -o HostKeyAlias=master1 -o UserKnownHostsFile=${bed.hostKeys.path} root@127.0.0.1`,
    ]);
  });

  it("names a certificate that was left out when it is refused", async () => {
    const server = await bed.server();
    const privateKeys = [createSshKeyPair("wrong").privateKey];
    const failure = await failureOf(
      bed.connect(bed.target(server, { privateKeys, certificates: ["/home/user/.ssh/id_ed25519-cert.pub"] })),
    );
    expect(failure.message).toMatch(
      /refused the login of root; tried key 1 \(\S+ \S+\); ssh certificates are not used, as \/home\/user\/\.ssh\/id_ed25519-cert\.pub: put the plain key into its authorized_keys$/,
    );
  });

  it("uses an agent", async () => {
    const server = await bed.server();
    const socket = join(bed.folder, "agent.sock");
    const key = join(bed.folder, "key");
    writeFileSync(key, server.userKey.privateKey, { mode: 0o600 });
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    try {
      await expect.poll(() => existsSync(socket)).toBe(true);
      execFileSync("ssh-add", ["-q", key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "pipe" });
      const wrong = createSshKeyPair("wrong").privateKey;
      const host = await bed.connect(bed.target(server, { privateKeys: [wrong], agent: socket }));
      expect((await host.run({ name: "x", script: "echo in" })).stdout).toBe("in\n");
    } finally {
      agent.kill();
    }
  });

  it("says at once when there is nothing to log in with", async () => {
    const retry = { atMost: 60_000, every: 1_000 };
    const none = await failureOf(
      bed.connect(bed.target({ port: 1, userKey: HOST_KEY }, { privateKeys: [] }), { retry }),
    );
    expect(none.message).toBe(
      "master1: no ssh connection to 127.0.0.1:1: there is no key to log in with, and no ssh agent",
    );
    const { utils } = ssh2;
    const locked = utils.generateKeyPairSync("ed25519", { passphrase: "x", cipher: "aes256-ctr", rounds: 1 }).private;
    const secret = await failureOf(
      bed.connect(bed.target({ port: 1, userKey: HOST_KEY }, { privateKeys: [locked, HOST_KEY.publicKey] }), { retry }),
    );
    expect(secret.message).toContain(
      "no usable key to log in with: key 1 (not usable: it has a passphrase; add it to an ssh agent), key 2 (not usable: it is a public key)",
    );
  });
});

describe("a host key that is marked as revoked", () => {
  it.each([
    ["before it was ever pinned", ""],
    ["also when it is pinned", `master1 ${HOST_KEY_TEXT}\n`],
  ])("is refused %s", async (_when, pinned) => {
    const server = await bed.server({ hostKeys: [HOST_KEY.privateKey] });
    const text = `${pinned}@revoked other,master1 ${HOST_KEY_TEXT}\n`;
    writeFileSync(bed.hostKeys.path, text);
    const error = await failureOf(bed.connect(bed.target(server)));
    const line = pinned === "" ? 1 : 2;
    expect(error.message).toContain(`, which line ${line} of ${bed.hostKeys.path} revokes; nothing was sent to it`);
    expect(readFileSync(bed.hostKeys.path, "utf8")).toBe(text);
  });
});

describe("the file of host keys", () => {
  it("keeps what it does not know, and forgets by name", async () => {
    const store = openHostKeys(bed.hostKeys.path);
    const key = { type: "ssh-ed25519", blob: HOST_KEY_TEXT.split(" ")[1] ?? "" };
    await store.forget("master1");
    await store.pin("master1", key);
    const other = `# mine\n\n@revoked master1 ${HOST_KEY_TEXT}\nminion1,10.0.0.2 ${HOST_KEY_TEXT} comment\n`;
    writeFileSync(store.path, `${other}${readFileSync(store.path, "utf8")}`);
    expect(await store.find("master1")).toEqual([{ ...key, line: 5 }]);
    expect(await store.find("10.0.0.2")).toHaveLength(1);
    await store.forget("minion1");
    await store.forget("master1");
    expect(readFileSync(store.path, "utf8")).toBe(
      `# mine\n\n@revoked master1 ${HOST_KEY_TEXT}\n10.0.0.2 ${HOST_KEY_TEXT} comment\n`,
    );
  });
});
