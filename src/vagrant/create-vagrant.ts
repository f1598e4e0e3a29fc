import { AlpineK8sError } from "../base/errors.js";
import { runLocal } from "../base/process.js";
import type { VagrantProviderName } from "../model/spec/cluster-spec.js";
import { vagrantProvider } from "../templates/vagrant-provider.js";
import { addBox, type BoxParts, hasBox } from "./boxes.js";
import { bootMachines } from "./boot.js";
import { reasonOf, vagrantFailure } from "./failures.js";
import { pluginsIn, usableProviders } from "./find-providers.js";
import { type FirstBoot, firstBoot } from "./first-boot.js";
import { machineIds } from "./machine-ids.js";
import { exitErrorOf } from "./machine-readable.js";
import { type MachineState, machineStateFrom } from "./machine-state.js";
import { DEFAULT_TIMEOUTS, demand, vagrantIn, type VagrantTimeouts } from "./run-vagrant.js";
import { parseSshConfig, type SshDetails } from "./ssh-config.js";
import { systemClock } from "../base/wait.js";
import type { BootRequest, Vagrant } from "./vagrant.js";

/** Milliseconds between two tries while another process holds a machine's lock. */
const LOCK_PAUSE = 500;

export interface VagrantOptions {
  /** The cluster folder, with its rendered Vagrantfile. */
  readonly folder: string;
  readonly provider: VagrantProviderName;
  /** Gets every line that Vagrant prints. */
  readonly log: (line: string) => void;
  readonly timeouts?: Partial<VagrantTimeouts>;
}

interface Parts extends BoxParts {
  readonly marks: FirstBoot;
  readonly log: (line: string) => void;
}

/** The real vagrant program. Throws `usage` for a provider that cannot carry a cluster. */
export function createVagrant(options: VagrantOptions): Vagrant {
  const parts: Parts = {
    folder: options.folder,
    provider: vagrantProvider(options.provider),
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
    vagrant: vagrantIn(options.folder, options.log),
    marks: firstBoot(options.folder),
    log: options.log,
  };
  const query = parts.timeouts.query;
  return {
    version: () => checkedVersion(parts),
    providers: async () => {
      const list = await demand(parts.vagrant, "listing plug-ins", { args: ["plugin", "list"], timeout: query });
      return usableProviders(pluginsIn(list.events));
    },
    hasBox: (name) => hasBox(parts, name),
    addBox: (source, signal) => addBox(parts, source, signal),
    status: () => status(parts),
    boot: (request) => boot(parts, request),
    sshDetails: (names) => sshDetails(parts, names),
    halt: (names, signal) => stop(parts, "halting", ["halt"], names, signal),
    destroy: (names, signal) => destroy(parts, names, signal),
  };
}

async function checkedVersion({ folder, timeouts }: Parts): Promise<string> {
  const hints = [
    "install Vagrant 2.2.6 or newer: see docs/providers.md",
    "use machines that exist already: provider: hosts",
  ];
  const result = await runLocal({
    program: "vagrant",
    args: ["--version"],
    cwd: folder,
    timeout: timeouts.query,
    missing: { message: "vagrant is not on this computer (no program of that name on PATH)", hints },
  });
  const [, version, major, minor, patch] = /^Vagrant ((\d+)\.(\d+)\.(\d+))/m.exec(result.stdout) ?? [];
  if (version === undefined) {
    const said = `${result.stdout}${result.stderr}`.trim().split("\n").slice(-3).join("\n");
    throw new AlpineK8sError("prerequisite", `\`vagrant --version\` does not name a version: ${said || "no output"}`, {
      hints,
    });
  }
  const number = Number(major) * 1_000_000 + Number(minor) * 1_000 + Number(patch);
  if (number >= 2_002_006) return version;
  throw new AlpineK8sError("prerequisite", `Vagrant ${version} is too old: Alpine machines need 2.2.6 or newer`, {
    hints,
  });
}

async function status(parts: Parts): Promise<ReadonlyMap<string, MachineState>> {
  const outcome = await demand(parts.vagrant, "vagrant status failed", {
    args: ["status"],
    timeout: parts.timeouts.query,
  });
  const states = new Map<string, MachineState>();
  for (const { target, type, data } of outcome.events) {
    if (type !== "state") continue;
    const state = machineStateFrom(parts.provider.name, data[0] ?? "");
    const unfinished = state !== "absent" && parts.marks.isUnfinished(target, parts.provider.name);
    states.set(target, unfinished ? "half-created" : state);
  }
  return states;
}

async function boot(parts: Parts, request: BootRequest): Promise<void> {
  if (request.names.length === 0) return;
  if (request.box && request.box.url !== "" && !(await hasBox(parts, request.box.name))) {
    await addBox(parts, request.box, request.signal);
  }
  await startAnew(parts, request.names, request.signal);
  const { vagrant, provider, marks, timeouts, log } = parts;
  await bootMachines(
    {
      vagrant,
      provider,
      marks,
      timeout: timeouts.boot,
      log,
      startAnew: (names) => startAnew(parts, names, request.signal),
    },
    request,
  );
}

/** Removes machines whose first boot was interrupted, and marks those that have none yet as being in theirs. */
async function startAnew(parts: Parts, names: readonly string[], signal?: AbortSignal): Promise<void> {
  const existing = await machineIds(parts.folder);
  const halfMade = names.filter((name) => existing.has(name) && parts.marks.isUnfinished(name, parts.provider.name));
  if (halfMade.length > 0) {
    parts.log(`made anew, because their first boot was interrupted: ${halfMade.join(", ")}`);
    await destroy(parts, halfMade, signal);
  }
  for (const name of names) if (!existing.has(name) || halfMade.includes(name)) await parts.marks.begin(name);
}

/**
 * Vagrant stops at the first machine that is not ready, so the others are asked for again without it. Waits for a lock,
 * because our own `vagrant up` reports a machine as up a moment before it releases the machine's lock.
 */
async function sshDetails(parts: Parts, names: readonly string[]): Promise<ReadonlyMap<string, SshDetails>> {
  const found = new Map<string, SshDetails>();
  const giveUpAt = systemClock.now() + parts.timeouts.lock;
  let wanted = names;
  while (wanted.length > 0) {
    const outcome = await parts.vagrant({ args: ["ssh-config", ...wanted], timeout: parts.timeouts.query });
    for (const [name, details] of parseSshConfig(outcome.text)) found.set(name, details);
    if (outcome.exitCode === 0) break;
    const error = exitErrorOf(outcome.events);
    if (error?.name !== "Vagrant::Errors::SSHNotReady") {
      const failure = vagrantFailure("vagrant ssh-config failed", reasonOf(outcome.events, outcome.stderr));
      if (failure.kind !== "locked" || systemClock.now() >= giveUpAt) throw failure;
      await systemClock.sleep(LOCK_PAUSE);
      continue;
    }
    const [, ...rest] = wanted.filter((name) => !found.has(name));
    wanted = rest;
  }
  return found;
}

async function destroy(parts: Parts, names: readonly string[], signal?: AbortSignal): Promise<void> {
  await stop(parts, "destroying", ["destroy", "--force"], names, signal);
  for (const name of names) parts.marks.end(name);
}

async function stop(
  { vagrant, timeouts }: Parts,
  what: string,
  args: readonly string[],
  names: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  if (names.length === 0) return;
  await demand(vagrant, `${what} ${names.join(", ")} failed`, {
    args: [...args, ...names],
    timeout: timeouts.stop,
    isNoted: true,
    ...(signal === undefined ? {} : { signal }),
  });
}
