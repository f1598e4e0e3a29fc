import { join, resolve } from "node:path";
import { failed, ok, type Outcome, type QuickCheck, skipped } from "../check.js";
import { editSpec, type QuickSubject, usesVagrant } from "../subject.js";

/** Keys that are tried without an identityFile. */
const DEFAULT_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"];

/** The cluster's own key is there; with hosts, every identityFile is there, readable by us and by nobody else. */
export const sshKeys: QuickCheck = {
  id: "ssh-keys",
  on: "this computer",
  weight: "error",
  inUp: "warn",
  look: (subject) => (usesVagrant(subject) ? ownKey(subject) : keysOfHosts(subject)),
};

function ownKey({ computer, identity, paths }: QuickSubject): Outcome {
  if (!identity) return skipped("the cluster's key is made with the cluster");
  if (computer.canRead(paths.sshKey)) return ok(`the cluster's key ${paths.sshKey}`);
  return failed(`the cluster's key ${paths.sshKey} is not there, or not readable`, "alpine-k8s up");
}

async function keysOfHosts(subject: QuickSubject): Promise<Outcome> {
  const { computer, paths, spec } = subject;
  if (!spec) return skipped("the spec is not valid");
  const files = [...new Set(spec.hosts.flatMap(({ identityFile }) => identityFile ?? []))];
  const full = (file: string): string =>
    file.startsWith("~/") ? join(computer.home, file.slice(2)) : resolve(paths.folder, file);
  const unreadable = files.find((file) => !computer.canRead(full(file)));
  if (unreadable !== undefined) {
    return failed(`identityFile ${unreadable} is not there, or not readable (${full(unreadable)})`, editSpec(subject));
  }
  for (const file of computer.platform === "win32" ? [] : files.map(full)) {
    const mode = (await computer.mode(file)) ?? 0;
    if ((mode & 0o077) === 0) continue;
    return failed(
      `${file} has the mode ${octal(mode)}: others can read it, and ssh refuses it`,
      `chmod 600 '${file}'`,
      {
        weight: "warning",
      },
    );
  }
  const keyless = spec.hosts.some(({ identityFile }) => identityFile === undefined);
  return keyless ? defaultKeys(subject, files) : ok(files.join(", "));
}

function defaultKeys({ computer }: QuickSubject, files: readonly string[]): Outcome {
  const found = DEFAULT_KEYS.filter((name) => computer.canRead(join(computer.home, ".ssh", name)));
  const agent = (computer.env["SSH_AUTH_SOCK"] ?? "") === "" ? [] : ["the agent"];
  const all = [...files, ...found.map((name) => `~/.ssh/${name}`), ...agent];
  if (found.length + agent.length > 0) return ok(all.join(", "));
  return failed(
    `hosts without identityFile, and neither an agent nor one of ~/.ssh/${DEFAULT_KEYS.join(", ")}`,
    "ssh-keygen -t ed25519",
  );
}

/** The agent that the environment names is there. */
export const sshAgent: QuickCheck = {
  id: "ssh-agent",
  on: "this computer",
  weight: "warning",
  look: (subject) => {
    const { computer } = subject;
    if (usesVagrant(subject)) return skipped("machines made by Vagrant need no agent");
    const socket = computer.env["SSH_AUTH_SOCK"] ?? "";
    if (socket === "") return ok("no agent in the environment");
    // On Windows it is a named pipe, not a file.
    if (computer.platform === "win32" || computer.exists(socket)) return ok(socket);
    return failed(`SSH_AUTH_SOCK names ${socket}, which is not there`, 'eval "$(ssh-agent -s)" && ssh-add');
  },
};

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}
