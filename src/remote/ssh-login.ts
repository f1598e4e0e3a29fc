import ssh2, { type AnyAuthMethod } from "ssh2";
import { messageOf } from "../base/errors.js";
import { fingerprintOf, hostKeyFromWire } from "./host-keys.js";
import type { SshTarget } from "./remote-host.js";

/** Ways to log in, in the order they are tried. */
export interface Login {
  readonly methods: AnyAuthMethod[];
  /** A description of each way, and of keys that cannot be used, for messages; without secrets. */
  readonly described: readonly string[];
}

/** The target's keys in their order, then its agent. */
export function loginFor(target: SshTarget): Login {
  const methods: AnyAuthMethod[] = [];
  const described: string[] = [];
  target.privateKeys.forEach((text, index) => {
    const key = keyFrom(text);
    if (typeof key === "string") {
      described.push(`key ${index + 1} (not usable: ${key})`);
      return;
    }
    methods.push({ type: "publickey", username: target.user, key });
    const shown = hostKeyFromWire(key.getPublicSSH());
    described.push(`key ${index + 1} (${shown.type} ${fingerprintOf(shown)})`);
  });
  if (target.agent !== undefined && target.agent !== "") {
    methods.push({ type: "agent", username: target.user, agent: target.agent });
    described.push(`agent ${target.agent}`);
  }
  return { methods, described };
}

function keyFrom(text: string): ssh2.ParsedKey | string {
  const parsed = parse(text);
  if (parsed instanceof Error) {
    return /encrypted|passphrase/i.test(parsed.message)
      ? "it has a passphrase; add it to an ssh agent"
      : "it is not a private key in PEM or OpenSSH format";
  }
  return parsed.isPrivateKey() ? parsed : "it is a public key";
}

function parse(text: string): ssh2.ParsedKey | Error {
  try {
    const parsed: ssh2.ParsedKey | readonly ssh2.ParsedKey[] | Error = ssh2.utils.parseKey(text);
    const key = Array.isArray(parsed) ? (parsed as readonly ssh2.ParsedKey[])[0] : parsed;
    return key ?? new Error("no key in it");
  } catch (error) {
    return new Error(messageOf(error));
  }
}
