import type { AnyAuthMethod } from "ssh2";
import { fingerprintOf, hostKeyFromWire } from "./host-keys.js";
import { privateKeyFrom } from "./private-key.js";
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
    const key = privateKeyFrom(text);
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
