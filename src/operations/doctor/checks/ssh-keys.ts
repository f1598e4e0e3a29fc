import { join, resolve } from "node:path";
import { failed, ok, type Outcome, type QuickCheck, skipped } from "../check.js";
import { privateKeyFrom } from "../../../remote/private-key.js";
import { editSpec, type QuickSubject, usesVagrant } from "../subject.js";

type Computer = QuickSubject["computer"];

/** Keys that are tried without an identityFile. */
const DEFAULT_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"];

/** The cluster's own key is there; with hosts every identityFile is, usable, readable by us and by nobody else. */
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
  const unusable = await firstUnusable(computer, files.map(full));
  if (unusable !== undefined) {
    const weight = hasAgent(computer) ? "warning" : "error";
    return failed(`${unusable.file} cannot be used: ${unusable.why}`, editSpec(subject), { weight });
  }
  const keyless = spec.hosts.some(({ identityFile }) => identityFile === undefined);
  return keyless ? defaultKeys(subject, files) : ok(files.join(", "));
}

interface Unusable {
  readonly file: string;
  readonly why: string;
}

async function firstUnusable(computer: Computer, files: readonly string[]): Promise<Unusable | undefined> {
  for (const file of files) {
    const key = privateKeyFrom((await computer.read(file)) ?? "");
    if (typeof key === "string") return { file, why: key };
  }
  return undefined;
}

function hasAgent({ env }: Computer): boolean {
  return (env["SSH_AUTH_SOCK"] ?? "") !== "";
}

async function defaultKeys({ computer }: QuickSubject, files: readonly string[]): Promise<Outcome> {
  const there = DEFAULT_KEYS.filter((name) => computer.canRead(join(computer.home, ".ssh", name)));
  const full = (name: string): string => join(computer.home, ".ssh", name);
  const unusable = await Promise.all(there.map((name) => firstUnusable(computer, [full(name)])));
  const found = there.filter((_, index) => unusable[index] === undefined);
  const agent = hasAgent(computer) ? ["the agent"] : [];
  const all = [...files, ...found.map((name) => `~/.ssh/${name}`), ...agent];
  if (found.length + agent.length > 0) return ok(all.join(", "));
  const [first] = unusable.filter((one) => one !== undefined);
  if (first !== undefined) return failed(`${first.file} cannot be used: ${first.why}`, "ssh-keygen -t ed25519");
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
