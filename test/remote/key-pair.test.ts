import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { expect, it, vi } from "vitest";
import { createSshKeyPair } from "../../src/remote/key-pair.js";

it("makes a pair that ssh-keygen takes", () => {
  const folder = mkdtempSync(join(tmpdir(), "alpine-k8s-remote-"));
  try {
    const pair = createSshKeyPair("alpine-k8s demo");
    const file = join(folder, "id_ed25519");
    writeFileSync(file, pair.privateKey, { mode: 0o600 });
    const fromPrivate = execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" }).trim();
    expect(pair.publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]+=* alpine-k8s demo$/);
    expect(fromPrivate.split(" ").slice(0, 2)).toEqual(pair.publicKey.split(" ").slice(0, 2));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("never hands out one of the library's short keys", () => {
  const short = {
    private: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
    public: "x",
  };
  const generate = vi.spyOn(ssh2.utils, "generateKeyPairSync").mockReturnValueOnce(short);
  expect(createSshKeyPair("c").publicKey).toMatch(/^ssh-ed25519 /);
  expect(generate).toHaveBeenCalledTimes(2);
  for (let round = 0; round < 400; round += 1) {
    const parsed = ssh2.utils.parseKey(createSshKeyPair("c").privateKey);
    expect(parsed).not.toBeInstanceOf(Error);
  }
});
