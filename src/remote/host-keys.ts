import { createHash } from "node:crypto";
import { AlpineK8sError } from "../base/errors.js";
import { readIfExists, SECRET_MODE, writeAtomically } from "../base/files.js";

/** A public host key. */
export interface HostKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** The key as it goes over the wire, in base64. */
  readonly blob: string;
}

/** A key in the file. */
export interface PinnedHostKey extends HostKey {
  /** Line in the file, from 1. */
  readonly line: number;
}

/** The host keys of a cluster's nodes, each under the node's name. */
export interface HostKeyStore {
  /** The file, in the format of OpenSSH's known_hosts. */
  readonly path: string;
  find(name: string): Promise<readonly PinnedHostKey[]>;
  /** Keys that somebody marked with `@revoked` for the name, or for all: never accepted, pinned or not. */
  revoked(name: string): Promise<readonly PinnedHostKey[]>;
  /**
   * Pins a key that was accepted for the first time. If another call has pinned a key for the name meanwhile, that one
   * stays and is returned; the caller must compare.
   */
  pin(name: string, key: HostKey): Promise<readonly HostKey[]>;
  /** Makes `key` the only key of the name: the user gave it. */
  replace(name: string, key: HostKey): Promise<void>;
  /** Forgets a machine that is gone. Does nothing when the name is unknown. */
  forget(name: string): Promise<void>;
}

/**
 * Opens the cluster's own known_hosts file, which need not exist. Host names in it are names of nodes, so
 * `ssh -o UserKnownHostsFile=FILE -o HostKeyAlias=NODE` uses it as it is. Changes are serialised and written
 * atomically, so nothing is lost when several nodes are connected at once; between processes the cluster's lock
 * serialises them.
 */
export function openHostKeys(
  path: string,
  onPinned: (name: string, fingerprint: string) => void = () => undefined,
): HostKeyStore {
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = queue.then(change);
    queue = result.catch(() => undefined);
    return result;
  };
  const read = async (): Promise<string> => (await readIfExists(path)) ?? "";
  const write = (lines: readonly string[]): Promise<void> =>
    writeAtomically(path, lines.map((line) => `${line}\n`).join(""), SECRET_MODE);
  return {
    path,
    find: async (name) => keysOf(await read(), name),
    revoked: async (name) => revokedIn(await read(), name),
    pin: (name, key) =>
      inTurn(async () => {
        const text = await read();
        const existing = keysOf(text, name);
        if (existing.length > 0) return existing;
        await write([...linesOf(text), lineFor(name, key)]);
        onPinned(name, fingerprintOf(key));
        return [key];
      }),
    replace: (name, key) =>
      inTurn(async () => {
        const text = await read();
        const existing = keysOf(text, name);
        if (existing.length === 1 && existing.every((pinned) => sameKey(pinned, key))) return;
        await write([...linesWithout(text, name), lineFor(name, key)]);
      }),
    forget: (name) =>
      inTurn(async () => {
        const text = await read();
        if (linesOf(text).some((line) => namesIn(line).includes(name))) await write(linesWithout(text, name));
      }),
  };
}

/** The same keys for a connection that must change nothing: what is accepted for the first time is not pinned. */
export function unwritten(store: HostKeyStore): HostKeyStore {
  return {
    ...store,
    pin: async (name, key) => {
      const existing = await store.find(name);
      return existing.length > 0 ? existing : [key];
    },
    replace: () => Promise.resolve(),
    forget: () => Promise.resolve(),
  };
}

/** The key's fingerprint as `ssh-keygen -l` prints it: `SHA256:` and base64 without padding. */
export function fingerprintOf(key: HostKey): string {
  const digest = createHash("sha256").update(Buffer.from(key.blob, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}

export function sameKey(one: HostKey, other: HostKey): boolean {
  return one.type === other.type && one.blob === other.blob;
}

/** A host key from the bytes that a server sent. */
export function hostKeyFromWire(bytes: Buffer): HostKey {
  return { type: typeIn(bytes) ?? "unknown", blob: bytes.toString("base64") };
}

/** A host key as a user writes it, `ssh-ed25519 AAAA…` with or without a comment. Throws `usage` for anything else. */
export function parseHostKey(text: string, node: string): HostKey {
  const [type = "", blob = ""] = text.trim().split(/\s+/);
  const bytes = Buffer.from(blob, "base64");
  if (blob === "" || typeIn(bytes) !== type) {
    throw new AlpineK8sError("usage", `${node}: "${text}" is not a public host key such as "ssh-ed25519 AAAA…"`, {
      node,
      hints: ["on the node, the host key is the text of /etc/ssh/ssh_host_ed25519_key.pub"],
    });
  }
  return { type, blob: bytes.toString("base64") };
}

// A key's bytes start with its type, a string preceded by its length (RFC 4253, section 6.6).
function typeIn(bytes: Buffer): string | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt32BE(0);
  if (length === 0 || length > bytes.length - 4) return undefined;
  return bytes.toString("latin1", 4, 4 + length);
}

function lineFor(name: string, key: HostKey): string {
  return `${name} ${key.type} ${key.blob}`;
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line, index, all) => line !== "" || index < all.length - 1);
}

function linesWithout(text: string, name: string): readonly string[] {
  return linesOf(text).flatMap((line) => {
    const names = namesIn(line);
    if (!names.includes(name)) return [line];
    const others = names.filter((other) => other !== name);
    return others.length === 0 ? [] : [[others.join(","), ...line.trim().split(/\s+/).slice(1)].join(" ")];
  });
}

// Comments and lines with a marker (@revoked, @cert-authority) pin nothing of ours.
function namesIn(line: string): readonly string[] {
  const trimmed = line.trim();
  return trimmed === "" || /^[#@]/.test(trimmed) ? [] : (trimmed.split(/\s+/)[0] ?? "").split(",");
}

function keysOf(text: string, name: string): readonly PinnedHostKey[] {
  return linesOf(text).flatMap((line, index) => {
    if (!namesIn(line).includes(name)) return [];
    const [, type = "", blob = ""] = line.trim().split(/\s+/);
    return [{ type, blob, line: index + 1 }];
  });
}

function revokedIn(text: string, name: string): readonly PinnedHostKey[] {
  return linesOf(text).flatMap((line, index) => {
    const [marker, names = "", type = "", blob = ""] = line.trim().split(/\s+/);
    const isMeant = names.split(",").some((one) => one === name || one === "*");
    return marker === "@revoked" && isMeant ? [{ type, blob, line: index + 1 }] : [];
  });
}
