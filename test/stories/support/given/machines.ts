import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HostEntry } from "../../../../src/model/spec/cluster-spec.js";
import type { Login, Machines } from "../machines.js";
import { inBench } from "../bench.js";
import { type Outcome, start, waitFor } from "../programs.js";
import type { CommandName, Wanted } from "../stories.js";
import { type Cast, castOf } from "./choose.js";
import { filledCommand } from "./command-template.js";
import { lookAtMachines } from "./look.js";
import type { Given } from "./settings.js";
import { readGivenSpec } from "./spec.js";
import { runOn } from "./ssh.js";

/** Lost when a machine starts again: when this file is gone, the machine has restarted. */
const RUNNING = "/run/alpine-k8s-story-runs";

/** Milliseconds for a machine to start. */
const BOOT = 600_000;

/**
 * The given machines for a story. With a reset command they are reset first; without one they must be clean, and the
 * story's cluster is destroyed at its end.
 */
export async function givenMachines(given: Given, wanted: Wanted): Promise<Machines> {
  const cast = castOf(wanted, readGivenSpec(given.specFile).hosts);
  const hostOf = (name: string): HostEntry => {
    const found = cast.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no machine ${name}`);
    return found.host;
  };
  const on = (name: string, command: string, input?: string): Promise<Outcome> => runOn(hostOf(name), command, input);
  const all = (names: readonly string[], act: (host: HostEntry) => Promise<void>): Promise<unknown> =>
    Promise.all(names.map((name) => act(hostOf(name))));

  const machines: Machines = {
    logins: cast.map(loginOf),
    on,
    reset: async (...names) => {
      await all(names, (host) => startAnew(given, "reset", host));
      await lookAtMachines(names.map(hostOf));
    },
    unplug: async (...names) => {
      await all(names, (host) => runCommand(given, "cut", host));
      await all(names, (host) =>
        waitFor(`${host.name} is off`, async () => (await runOn(host, "true")).code !== 0, 60_000),
      );
    },
    plug: async (...names) => void (await all(names, (host) => startAnew(given, "reboot", host))),
    reboot: async (...names) => void (await all(names, (host) => startAnew(given, "reboot", host))),
    end: async () => {
      if (given.commands.reset === undefined) await destroyClusters(given);
    },
  };
  const names = cast.map(({ name }) => name);
  if (given.commands.reset === undefined) await expectClean(cast);
  else await machines.reset(...names);
  return machines;
}

function loginOf({ name, role, host }: Cast): Login {
  const { address, privateAddress, port, user, become, identityFile, hostKey } = host;
  return {
    ...{ name, role, address, port, user, become, key: identityFile },
    privateAddress: privateAddress === address ? undefined : privateAddress,
    hostKey: hostKey === "" ? undefined : hostKey,
  };
}

async function expectClean(cast: readonly Cast[]): Promise<void> {
  await lookAtMachines(cast.map(({ host }) => host));
  for (const { host } of cast) {
    const { stdout } = await runOn(host, "ls /etc/kubernetes/kubelet.conf /etc/alpine-k8s/*.started 2>/dev/null || :");
    if (stdout !== "")
      throw new Error(
        `${host.name} is a node already (${stdout.trim().replaceAll("\n", ", ")}), and there is no --reset`,
      );
  }
}

/** Runs a command after which the machine is on, and waits until it has started again. */
async function startAnew(given: Given, command: CommandName, host: HostEntry): Promise<void> {
  // For a machine that is off this fails, and is not needed.
  await runOn(host, `touch ${RUNNING}`);
  await runCommand(given, command, host);
  const isNew = async (): Promise<boolean> => (await runOn(host, `test ! -e ${RUNNING}`)).code === 0;
  await waitFor(`${host.name} has started after --${command}`, isNew, BOOT);
}

async function runCommand(given: Given, command: CommandName, host: HostEntry): Promise<void> {
  const { name, address, port, user, identityFile: key = "" } = host;
  const template = given.commands[command];
  if (template === undefined)
    throw new Error(`the story needs --${command}, which support/stories.ts does not say of it`);
  const line = filledCommand(`--${command}`, template, { name, address, port: String(port), user, key });
  const { code, stdout, stderr } = await start("sh", ["-c", line], { cwd: dirname(given.specFile) }).done;
  if (code === 0) return;
  const last = (stderr.trim() === "" ? stdout : stderr).trim().split("\n").at(-1);
  throw new Error(`--${command} of ${name} ended with ${code}: ${last}; it was: ${line}`);
}

/** Ignores failures: a machine that could not be destroyed is still a node, and the next story says so. */
async function destroyClusters({ home }: Given): Promise<void> {
  const folder = join(home, "clusters");
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory()) await inBench("node", "bin/run.js", "destroy", "--yes", "--dir", join(folder, entry.name));
}
