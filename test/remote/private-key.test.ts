import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { beforeAll, describe, expect, it } from "vitest";
import { createSshKeyPair } from "../../src/remote/key-pair.js";
import { privateKeyFrom } from "../../src/remote/private-key.js";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
const ed = generateKeyPairSync("ed25519").privateKey;
const own = createSshKeyPair("user");

const pem = (key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1"): string =>
  key.export({ type, format: "pem" } as never).toString();
const locked = rsa.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString();
const BAG = "Bag Attributes\n    friendlyName: mine\nKey Attributes: <No Attributes>\n";

const typeOf = (text: string): string => {
  const key = privateKeyFrom(text);
  return typeof key === "string" ? key : key.type;
};

describe("a key file that ssh takes is taken", () => {
  it.each<[string, string, string]>([
    ["RSA in PKCS#1", pem(rsa, "pkcs1"), "ssh-rsa"],
    ["RSA in PKCS#8", pem(rsa, "pkcs8"), "ssh-rsa"],
    ["ECDSA in SEC1", pem(ec, "sec1"), "ecdsa-sha2-nistp384"],
    ["ECDSA in PKCS#8", pem(ec, "pkcs8"), "ecdsa-sha2-nistp384"],
    ["OpenSSH's format", own.privateKey, "ssh-ed25519"],
    ["with words before it, as exported from a .p12", BAG + pem(rsa, "pkcs8"), "ssh-rsa"],
    ["in PKCS#1 with words before it", BAG + pem(rsa, "pkcs1"), "ssh-rsa"],
    ["the first of two", own.privateKey + pem(rsa, "pkcs1"), "ssh-ed25519"],
    ["with CRLF", pem(rsa, "pkcs8").replaceAll("\n", "\r\n"), "ssh-rsa"],
    ["OpenSSH's format with CRLF", own.privateKey.replaceAll("\n", "\r\n"), "ssh-ed25519"],
    ["with a byte order mark and blank lines", `\uFEFF\n\n${own.privateKey}`, "ssh-ed25519"],
    ["without a last line end", own.privateKey.trimEnd(), "ssh-ed25519"],
  ])("%s", (_, text, type) => {
    expect(typeOf(text)).toBe(type);
  });

  it("is the same key, whatever its format", () => {
    const [one, other] = [privateKeyFrom(pem(rsa, "pkcs1")), privateKeyFrom(pem(rsa, "pkcs8"))];
    if (typeof one === "string" || typeof other === "string") throw new Error("it was not taken");
    expect(one.getPublicSSH().equals(other.getPublicSSH())).toBe(true);
    expect(one.verify(Buffer.from("x"), other.sign(Buffer.from("x"), "sha256"), "sha256")).toBe(true);
  });
});

describe("what is not taken is named as what it is", () => {
  let certificate: string;
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), "alpine-k8s-key-"));
    const keygen = (...args: string[]): Buffer => execFileSync("ssh-keygen", ["-q", ...args], { cwd: folder });
    for (const name of ["ca", "user"]) keygen("-t", "ed25519", "-N", "", "-f", name);
    keygen("-s", "ca", "-I", "me", "-n", "root", "user.pub");
    certificate = readFileSync(join(folder, "user-cert.pub"), "utf8");
  });

  it.each<[string, string, string]>([
    ["PKCS#8 with a passphrase", locked, "it has a passphrase; add it to an ssh agent"],
    [
      "OpenSSH's with one",
      ssh2.utils.generateKeyPairSync("ed25519", { passphrase: "x", cipher: "aes256-ctr", rounds: 1 }).private,
      "it has a passphrase; add it to an ssh agent",
    ],
    [
      "ed25519 in PKCS#8",
      pem(ed, "pkcs8"),
      "it is a key of type ed25519 in PKCS#8, which ssh does not take either; make one: ssh-keygen -t ed25519",
    ],
    [
      "damaged PKCS#8",
      "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
      "it is damaged: the text in PKCS#8 (BEGIN PRIVATE KEY) cannot be read",
    ],
    ["a public key", own.publicKey, "it is a public key"],
    ["X.509", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "it is an X.509 certificate"],
    [
      "a PuTTY key of version 3",
      "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
      "it is a PuTTY key of a newer format; convert it: puttygen FILE -O private-openssh -o NEW",
    ],
    ["anything else", "nonsense", "it is not a private key in PEM or OpenSSH format"],
    ["nothing", "", "it is not a private key in PEM or OpenSSH format"],
  ])("%s", (_, text, why) => {
    expect(typeOf(text)).toBe(why);
  });

  it("an ssh certificate", () => {
    expect(typeOf(certificate)).toBe("it is an ssh certificate, and these are not used");
  });
});
