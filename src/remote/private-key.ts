import { createPrivateKey } from "node:crypto";
import type ssh2 from "ssh2";
import { messageOf } from "../base/errors.js";
import { lazyPackage } from "../base/lazy-package.js";

const ssh2Package = lazyPackage<typeof ssh2>("ssh2");

const DSA = "it is a DSA key, which servers do not take any more";

/** What a text is that holds no private key which can be used, by what it says of itself; the first that fits counts. */
const FORMS: readonly (readonly [form: RegExp, why: string])[] = [
  [/-----BEGIN ENCRYPTED PRIVATE KEY-----/, "it has a passphrase; add it to an ssh agent"],
  [/-----BEGIN DSA PRIVATE KEY-----/, DSA],
  [
    /^PuTTY-User-Key-File-[3-9]/,
    "it is a PuTTY key of a newer format; convert it: puttygen FILE -O private-openssh -o NEW",
  ],
  [/^(?:ssh|ecdsa|sk)-\S+-cert-v01@openssh\.com /, "it is an ssh certificate, and these are not used"],
  [/^(?:ssh-|ecdsa-|sk-)\S+ |BEGIN (?:SSH2 |RSA )?PUBLIC KEY/, "it is a public key"],
  [/-----BEGIN CERTIFICATE-----/, "it is an X.509 certificate"],
];
const UNKNOWN = "it is not a private key in PEM or OpenSSH format";

const BLOCK = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[^]*?-----END \1-----/;

/**
 * The private key in the text of a key file, as ssh takes it: the first of several, whatever words stand around it. RSA
 * and ECDSA in PKCS#8 are taken, too. Otherwise why it cannot be used; that holds nothing of the key.
 */
export function privateKeyFrom(text: string): ssh2.ParsedKey | string {
  const plain = text.replace(/^\uFEFF/, "").trimStart();
  const [block, kind] = BLOCK.exec(plain) ?? [plain, ""];
  const written = kind === "PRIVATE KEY" ? fromPkcs8(block) : { text: `${block}\n` };
  if (typeof written === "string") return written;
  const parsed = parse(written.text);
  if (!(parsed instanceof Error) && parsed.type === "ssh-dss") return DSA;
  if (!(parsed instanceof Error)) return parsed.isPrivateKey() ? parsed : whatItIs(plain, "it is a public key");
  if (/encrypted|passphrase/i.test(parsed.message)) return "it has a passphrase; add it to an ssh agent";
  if (holdsTokenKey(block, kind)) return "its other half is in a security token (FIDO), and these are not used";
  return whatItIs(plain, UNKNOWN);
}

function whatItIs(text: string, otherwise: string): string {
  return FORMS.find(([form]) => form.test(text))?.[1] ?? otherwise;
}

/** The same key as PKCS#1 or SEC1, which the ssh library reads. */
function fromPkcs8(block: string): { readonly text: string } | string {
  try {
    const key = createPrivateKey(block);
    if (key.asymmetricKeyType === "rsa") return { text: key.export({ type: "pkcs1", format: "pem" }).toString() };
    if (key.asymmetricKeyType === "ec") return { text: key.export({ type: "sec1", format: "pem" }).toString() };
    const type = key.asymmetricKeyType ?? "other";
    return `it is a key of type ${type} in PKCS#8, which ssh does not take either; make one: ssh-keygen -t ed25519`;
  } catch {
    return "it is damaged: the text in PKCS#8 (BEGIN PRIVATE KEY) cannot be read";
  }
}

function holdsTokenKey(block: string, kind: string): boolean {
  if (kind !== "OPENSSH PRIVATE KEY") return false;
  const [, ...lines] = block.split(/\r?\n/);
  return Buffer.from(lines.slice(0, -1).join(""), "base64").includes("sk-");
}

function parse(text: string): ssh2.ParsedKey | Error {
  try {
    const parsed: ssh2.ParsedKey | readonly ssh2.ParsedKey[] | Error = ssh2Package().utils.parseKey(text);
    const key = Array.isArray(parsed) ? (parsed as readonly ssh2.ParsedKey[])[0] : parsed;
    return key ?? new Error("no key in it");
  } catch (error) {
    return new Error(messageOf(error));
  }
}
