import { mkdirSync, writeFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRealServer } from "../remote/real-servers.js";

/** One given machine: a real sshd with its own /etc and /run. `act.sh` beside its spec stops and starts it. */
export interface Lab {
  readonly folder: string;
  readonly specFile: string;
  /** Marks the machine as one that may be destroyed. */
  mark(): void;
  end(): Promise<void>;
}

/** What a hypervisor would do: `cut` ends the server, `reset` and `reboot` start it with an empty /run. */
const ACT = `
echo "$1 $2" >>acts
[ ! -e pid ] || { kill "$(cat pid)"; rm pid; }
[ "$1" != cut ] || exit 0
setsid unshare -m -- sh -c '
  mount -t overlay overlay -o lowerdir="$PWD/etc":/etc /etc && mount -t tmpfs tmpfs /run && mkdir -p /run/sshd &&
  exec /usr/sbin/sshd -D -f /etc/sshd_test_config' </dev/null >log 2>&1 &
echo $! >pid
`;

/** Makes a machine that is off, and a spec in which it is named `lab1`. Needs root. */
export async function makeLab(): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), "alpine-k8s-given-"));
  await chmod(folder, 0o755);
  const server = await startRealServer("sshd", folder);
  await server.stop();
  writeFileSync(join(folder, "key"), server.userKey.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, "act.sh"), ACT);
  const specFile = join(folder, "spec.yaml");
  writeFileSync(
    specFile,
    `apiVersion: alpine-k8s/v1
kind: Cluster
spec:
  kubernetes: { version: "v1.36.1" }
  provider: hosts
  hosts:
    - { name: lab1, role: master, address: 127.0.0.1, privateAddress: 10.1.1.1, port: ${server.port}, identityFile: key }
`,
  );
  return {
    ...{ folder, specFile },
    mark: () => {
      mkdirSync(join(folder, "etc/alpine-k8s"), { recursive: true });
      writeFileSync(join(folder, "etc/alpine-k8s/may-be-destroyed"), "");
    },
    end: () => rm(folder, { recursive: true, force: true }),
  };
}
