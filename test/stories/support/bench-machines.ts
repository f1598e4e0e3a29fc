import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CREATE_ARGUMENTS, NODE_IMAGE } from "./container.js";
import { HOME, inBench, startInBench } from "./bench.js";
import type { Login, Machines, Role } from "./machines.js";
import { expectDone, type Outcome, quote, start, waitFor } from "./programs.js";
import type { Wanted } from "./stories.js";

/**
 * Containers of the bench as a user's machines, on their own network: masters from .2, minions from .10, spares from
 * .30. Removes first what an earlier run left under this name.
 */
export async function benchMachines(story: string, wanted: Omit<Wanted, "commands">): Promise<Machines> {
  const subnet = "10.250.250";
  const network = `${story}-net`;
  await removeContainers(story);
  await inBench("docker", "network", "rm", network);
  expectDone(
    await inBench("docker", "network", "create", "--subnet", `${subnet}.0/24`, "--gateway", `${subnet}.1`, network),
  );
  const key = await makeKey(story);
  const login = (name: string, role: Role, last: number): Login => ({
    ...{ name, role, address: `${subnet}.${last}`, port: 22, user: "vagrant", key },
  });
  const logins = [
    ...numbers(wanted.masters).map((n) => login(`master${n}`, "master", 1 + n)),
    ...numbers(wanted.minions).map((n) => login(`minion${n}`, "minion", 9 + n)),
    ...numbers(wanted.spares ?? 0).map((n) => login(`spare${n}`, "minion", 29 + n)),
  ];
  const container = (name: string): string => `${story}-${name}`;
  const addressOf = (name: string): string => {
    const found = logins.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no machine ${name}`);
    return found.address;
  };
  const on = (name: string, command: string, input?: string): Promise<Outcome> =>
    startInBench(["docker", "exec", "-i", container(name), "sh", "-c", command], input).done;

  const answers = async (name: string): Promise<void> => {
    await waitFor(
      `${name} takes ssh connections`,
      async () => (await on(name, "nc -w 2 127.0.0.1 22 </dev/null | grep -q ^SSH")).code === 0,
      60_000,
    );
  };
  const make = async (name: string): Promise<void> => {
    expectDone(await inBench("docker", ...runWords(story, { name, address: addressOf(name) })));
    const publicKey = (await readFile(`${key}.pub`, "utf8")).trim();
    expectDone(await on(name, `printf '%s\\n' ${quote(publicKey)} >>/home/vagrant/.ssh/authorized_keys`));
    await answers(name);
    // As every Alpine has it. Without it each sudo asks a name server that is not there, for ten seconds.
    expectDone(await on(name, "echo 127.0.0.1 localhost localhost.localdomain >/etc/hosts"));
  };
  await Promise.all(logins.map(({ name }) => make(name)));

  const all = (names: readonly string[], act: (name: string) => Promise<void>): Promise<unknown> =>
    Promise.all(names.map(act));
  return {
    logins,
    on,
    reset: async (...names) => {
      await inBench("docker", "rm", "--force", "--volumes", ...names.map(container));
      await all(names, make);
    },
    unplug: async (...names) => {
      expectDone(await inBench("docker", "kill", "--signal", "KILL", ...names.map(container)));
    },
    plug: async (...names) => {
      // Docker would ignore a container that is still shutting down, and then it would be off.
      expectDone(await inBench("timeout", "60", "docker", "wait", ...names.map(container)));
      expectDone(await inBench("docker", "start", ...names.map(container)));
      await all(names, answers);
    },
    reboot: async (...names) => {
      expectDone(await inBench("docker", "restart", ...names.map(container)));
      await all(names, answers);
    },
    end: async () => {
      await removeContainers(story);
      await inBench("docker", "network", "rm", network);
    },
  };
}

/** The arguments of `docker` that create a story's machine. */
export function runWords(story: string, { name, address }: Pick<Login, "name" | "address">): string[] {
  const words = ["run", "--detach", "--name", `${story}-${name}`, "--hostname", name, "--network", `${story}-net`];
  // A user's machine has its own files in /etc, not Docker's.
  words.push("--env", "PLAIN_FILES=1");
  return [...words, "--ip", address, ...CREATE_ARGUMENTS, NODE_IMAGE];
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

async function removeContainers(story: string): Promise<void> {
  const { stdout } = await inBench("docker", "ps", "--all", "--quiet", "--filter", `name=^/${story}-`);
  const ids = stdout
    .trim()
    .split("\n")
    .filter((id) => id !== "");
  if (ids.length > 0) expectDone(await inBench("docker", "rm", "--force", "--volumes", ...ids));
}

async function makeKey(story: string): Promise<string> {
  const folder = join(HOME, "keys");
  const key = join(folder, story);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(key, { force: true });
  await rm(`${key}.pub`, { force: true });
  expectDone(await start("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]).done);
  return key;
}
