import { tmpdir } from "node:os";
import { messageOf } from "../../../../src/base/errors.js";
import { hostsMachines } from "../../../../src/machines/hosts-machines.js";
import { connectSsh } from "../../../../src/remote/connect-ssh.js";
import type { HostKeyStore } from "../../../../src/remote/host-keys.js";
import { RemoteCommandError } from "../../../../src/remote/remote-command-error.js";
import type { HostEntry } from "../../../../src/model/spec/cluster-spec.js";
import type { Outcome } from "../programs.js";

/** Accepts any host key, because a machine may have been recreated, unless the spec gives one. */
const ANY_KEY: HostKeyStore = {
  path: `${tmpdir()}/none`,
  find: () => Promise.resolve([]),
  revoked: () => Promise.resolve([]),
  pin: (_, key) => Promise.resolve([key]),
  replace: () => Promise.resolve(),
  forget: () => Promise.resolve(),
};

/** The exit code of ssh itself when there is no connection. */
const NO_CONNECTION = 255;

/** Runs a shell command as root on a machine with the spec's login; 255 and the reason when there is no connection. */
export async function runOn(host: HostEntry, command: string, input?: string): Promise<Outcome> {
  const started = performance.now();
  const done = (code: number, stdout: string, stderr: string): Outcome => ({
    ...{ code, stdout, stderr, milliseconds: Math.round(performance.now() - started) },
  });
  try {
    const { name, role, labels, taints, privateAddress: address, ...access } = host;
    const node = { name, fqdn: name, role, labels, taints, address, cpus: 0, memory: 0, access };
    const target = await hostsMachines("/").target(node);
    const remote = await connectSsh(target, { hostKeys: ANY_KEY, connectTimeout: 10_000 });
    try {
      const given = input === undefined ? {} : { input };
      const result = await remote.run({ name: "a story's command", script: command, timeout: 300_000, ...given });
      return done(0, result.stdout, result.stderr);
    } finally {
      await remote.close();
    }
  } catch (error) {
    if (error instanceof RemoteCommandError) return done(error.exitCode, error.stdout, error.stderr);
    return done(NO_CONNECTION, "", messageOf(error));
  }
}
