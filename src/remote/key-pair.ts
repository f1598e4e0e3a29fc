import ssh2 from "ssh2";

export interface SshKeyPair {
  /** Text of the private key in OpenSSH's format, without a passphrase. */
  readonly privateKey: string;
  /** The line for authorized_keys, without a line end. */
  readonly publicKey: string;
}

/** Makes a new ed25519 key pair. `comment` ends the public line and must not hold a line end. */
export function createSshKeyPair(comment: string): SshKeyPair {
  const pair = ssh2.utils.generateKeyPairSync("ed25519", { comment });
  return { privateKey: pair.private, publicKey: pair.public.trim() };
}
