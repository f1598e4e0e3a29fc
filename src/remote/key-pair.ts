import type ssh2 from "ssh2";
import { lazyPackage } from "../base/lazy-package.js";

const ssh2Package = lazyPackage<typeof ssh2>("ssh2");

export interface SshKeyPair {
  /** Text of the private key in OpenSSH's format, without a passphrase. */
  readonly privateKey: string;
  /** The line for authorized_keys, without a line end. */
  readonly publicKey: string;
}

/** Makes a new ed25519 key pair. `comment` ends the public line and must not contain a line end. */
export function createSshKeyPair(comment: string): SshKeyPair {
  const { utils } = ssh2Package();
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519", { comment });
    // ssh2 (1.17) drops leading zero bytes of the public half: one pair in 256 is too short, and no program takes it.
    if (!(utils.parseKey(pair.private) instanceof Error)) {
      return { privateKey: pair.private, publicKey: pair.public.trim() };
    }
  }
}
