import { AlpineK8sError } from "../base/errors.js";
import { findOnPath } from "../kubectl/find-on-path.js";
import type { InteractiveCommand } from "../base/process-interactive.js";
import { quoteSh } from "../base/quote.js";
import { sshConfigPath } from "../remote/ssh-config-path.js";
import type { SshTarget } from "../remote/remote-host.js";
import { nodeNamed, nodeReacher } from "../nodes/reach-node.js";
import type { RunInput } from "../engine/run-input.js";
import { withRun } from "../engine/with-run.js";

export interface PrepareSsh extends RunInput {
  /** Short or full name. */
  readonly node: string;
  /**
   * What to run on the node: one word is a line for its shell, several are a program and its arguments; none: a shell.
   */
  readonly command: readonly string[];
  /** Gives the command a terminal there; a shell has one anyway. */
  readonly tty: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

/**
 * The ssh command for a node, which accepts its pinned host key alone. Our own client connects first: it pins a key
 * that is not pinned yet, finds the way, and its errors say why there is none. Throws `usage` for an unknown node,
 * `prerequisite` without an ssh program, `node` for a machine that is off.
 */
export async function prepareSsh(input: PrepareSsh): Promise<InteractiveCommand> {
  return withRun(input, { command: "ssh", lock: false, allowBrokenFolder: true }, async ({ context }) => {
    const node = nodeNamed(context.topology, input.node);
    const program = await sshProgram(input);
    const { target, host } = await nodeReacher(context)(node);
    await host.close();
    return { program, args: sshArguments(target, context.paths.knownHosts, input), env: {}, hints: SSH_HINTS };
  });
}

const SSH_HINTS = ["install OpenSSH's client, the package openssh-client (Debian, Alpine) or openssh-clients (Fedora)"];

async function sshProgram({ env = process.env, platform = process.platform }: PrepareSsh): Promise<string> {
  const program = await findOnPath(platform === "win32" ? "ssh.exe" : "ssh", env);
  if (program !== undefined) return program;
  throw new AlpineK8sError("prerequisite", "there is no ssh program on this computer (no program ssh on PATH)", {
    hints: SSH_HINTS,
  });
}

/**
 * Arguments of OpenSSH's client. The user's and the system's configuration are not read, because our own connections do
 * not read them either: what `up` reaches, this reaches.
 */
export function sshArguments(
  target: SshTarget,
  knownHosts: string,
  { command, tty }: Pick<PrepareSsh, "command" | "tty">,
): string[] {
  const files = target.identityFiles ?? [];
  const options = [
    `HostKeyAlias=${target.name}`,
    `UserKnownHostsFile=${sshConfigPath(knownHosts)}`,
    "GlobalKnownHostsFile=/dev/null",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "CheckHostIP=no",
    "PasswordAuthentication=no",
    "ConnectTimeout=15",
    "ServerAliveInterval=10",
    // Where our own client uses an agent, ssh may use it, too.
    ...(files.length === 0 || target.agent !== undefined ? [] : ["IdentitiesOnly=yes"]),
    ...files.map((file) => `IdentityFile=${sshConfigPath(file)}`),
  ];
  return [
    ...["-F", "none", "-p", String(target.port), "-l", target.user],
    ...options.flatMap((option) => ["-o", option]),
    ...(tty ? ["-t"] : []),
    // Without it ssh would look for options behind the address.
    ...["--", target.address],
    ...(command.length === 0 ? [] : [remoteLine(command)]),
  ];
}

/**
 * The line that sshd passes to the login shell. ssh itself would join the words with spaces and lose where they end.
 */
export function remoteLine(command: readonly string[]): string {
  const [only = ""] = command;
  return command.length === 1 ? only : command.map(quoteSh).join(" ");
}
