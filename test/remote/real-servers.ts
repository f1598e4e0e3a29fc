import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createSshKeyPair, type SshKeyPair } from "../../src/remote/key-pair.js";

export interface RealServer {
  readonly port: number;
  readonly userKey: SshKeyPair;
  readonly hostKeyLine: string;
  /** What the server and its children wrote to stderr. */
  log(): string;
  /** Stops only the listening server; its sessions go on. */
  stopListening(): void;
  stop(): Promise<void>;
}

/** Users on the machine of a real server. Their home is empty and their login shell is BusyBox ash. */
const USERS = [
  { name: "root", uid: 0 },
  { name: "sudoer", uid: 41001 },
  { name: "doer", uid: 41002 },
  { name: "nobody1", uid: 41003 },
];

/**
 * Starts OpenSSH's sshd or dropbear on a loopback port, in its own mount namespace, in which /etc has the users above,
 * their key, a sudoers file and a doas.conf. Nothing outside is changed. Needs root, and Debian's packages
 * openssh-server, dropbear-bin, sudo, opendoas, busybox.
 */
export async function startRealServer(kind: "sshd" | "dropbear", folder: string): Promise<RealServer> {
  const userKey = createSshKeyPair("user");
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const etc = join(folder, "etc");
  layOut(folder, etc, userKey);
  const server = kind === "sshd" ? prepareSshd(folder, etc, port) : prepareDropbear(folder, port);
  const inside = `
    mount -t overlay overlay -o lowerdir=${etc}:/etc /etc &&
    mount -t tmpfs tmpfs /run && mkdir -p /run/sshd && exec "$@"`;
  const child = spawn("unshare", ["-m", "--", "sh", "-c", inside, "sh", ...server.command], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", HOME: folder },
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await listening(port, child, () => log);
  return {
    port,
    userKey,
    hostKeyLine: server.hostKeyLine(),
    log: () => log,
    stopListening: () => child.kill("SIGTERM"),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("exit", resolve));
    },
  };
}

function layOut(folder: string, etc: string, userKey: SshKeyPair): void {
  mkdirSync(join(etc, "sudoers.d"), { recursive: true });
  const file = (path: string, text: string, mode = 0o644): void => {
    writeFileSync(path, text);
    chmodSync(path, mode);
  };
  const shell = join(folder, "ash");
  symlinkSync("/usr/bin/busybox", shell);
  const others = readFileSync("/etc/passwd", "utf8").replace(/^root:.*\n/m, "");
  const lines = USERS.map(({ name, uid }) => `${name}:x:${uid}:${uid}::${join(folder, name)}:${shell}\n`);
  file(join(etc, "passwd"), `${lines.join("")}${others}`);
  file(join(etc, "shadow"), USERS.map(({ name }) => `${name}:*:20000::::::\n`).join(""), 0o600);
  file(join(etc, "group"), USERS.map(({ name, uid }) => `${name}:x:${uid}:\n`).join("") + "nogroup:x:65534:\n");
  file(join(etc, "shells"), `/bin/sh\n${shell}\n`);
  file(join(etc, "sudoers"), "Defaults env_reset, use_pty\nsudoer ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440);
  file(join(etc, "doas.conf"), "permit nopass doer as root\n", 0o600);
  for (const { name, uid } of USERS) {
    const ssh = join(folder, name, ".ssh");
    mkdirSync(ssh, { recursive: true });
    file(join(ssh, "authorized_keys"), `${userKey.publicKey}\n`, 0o600);
    execFileSync("chown", ["-R", `${uid}:${uid}`, join(folder, name)]);
  }
}

interface Prepared {
  readonly command: readonly string[];
  hostKeyLine(): string;
}

function prepareSshd(folder: string, etc: string, port: number): Prepared {
  const key = join(folder, "host_ed25519");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
  execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "", "-f", join(folder, "host_rsa")]);
  const config = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${key}`,
    `HostKey ${join(folder, "host_rsa")}`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PasswordAuthentication no",
    "PermitRootLogin prohibit-password",
    // As Alpine ships it.
    "AllowTcpForwarding no",
  ];
  const path = join(etc, "sshd_test_config");
  writeFileSync(path, `${config.join("\n")}\n`);
  return {
    command: ["/usr/sbin/sshd", "-D", "-e", "-f", "/etc/sshd_test_config"],
    hostKeyLine: () => readFileSync(`${key}.pub`, "utf8").trim(),
  };
}

function prepareDropbear(folder: string, port: number): Prepared {
  const key = join(folder, "host_dropbear");
  const made = execFileSync("dropbearkey", ["-t", "ed25519", "-f", key], { encoding: "utf8", stdio: "pipe" });
  const pid = join(folder, "pid");
  return {
    command: ["/usr/sbin/dropbear", "-F", "-E", "-s", "-m", "-p", `127.0.0.1:${port}`, "-r", key, "-P", pid],
    hostKeyLine: () => /^ssh-ed25519 \S+/m.exec(made)?.[0] ?? "",
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

// Reads the kernel's table, because the server would count a connection as a login attempt.
async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`;
  for (let turn = 0; turn < 400; turn += 1) {
    if (readFileSync("/proc/net/tcp", "utf8").includes(wanted)) return;
    if (child.exitCode !== null) throw new Error(`the ssh server ended at once: ${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the ssh server does not listen: ${log()}`);
}
