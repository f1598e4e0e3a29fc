import { AlpineK8sError, combineFailures } from "../base/errors.js";
import type { VagrantProviderFacts } from "../templates/vagrant-provider.js";
import { failuresByMachine, reasonOf, vagrantFailure } from "./failures.js";
import type { FirstBoot } from "./first-boot.js";
import { type MachineEvent, spokenLines } from "./machine-readable.js";
import type { RunVagrant, VagrantOutcome } from "./run-vagrant.js";
import type { BootRequest } from "./vagrant.js";

export interface BootParts {
  readonly vagrant: RunVagrant;
  readonly provider: VagrantProviderFacts;
  readonly marks: FirstBoot;
  /** Milliseconds for one `vagrant up`. */
  readonly timeout: number;
  readonly log: (line: string) => void;
  /** Removes what a failed first boot left of these machines, and marks them as being in it again. */
  readonly startAnew: (names: readonly string[]) => Promise<void>;
}

/** How often machines are started that failed because of other containers. */
const TRIES = 5;

/**
 * Before it makes a container, Vagrant lists all containers of this computer and asks Docker about each
 * (`read_used_ports` in plugins/providers/docker/driver.rb). One that ends in between makes it fail, whoever's it is.
 */
const CONTAINER_WENT_AWAY = /"docker", "inspect"[^]*No such (?:object|container)/;

interface Failure {
  readonly node: string;
  /** Makes the error. `prefix` has the machine's name, or is empty in a list that names the machine already. */
  readonly error: (prefix: string) => AlpineK8sError;
  /** True when the cause lies outside of the machine and is gone by now. */
  readonly isPassing: boolean;
}

/**
 * Boots machines: all in one `vagrant up` where the provider can do that, else one after the other, so that one
 * machine's failure does not keep the others from booting. A failure that is no fault of the machine is tried again.
 */
export async function bootMachines(parts: BootParts, request: BootRequest): Promise<void> {
  const { names } = request;
  const groups = parts.provider.parallel ? [names] : names.map((name) => [name]);
  const failures: Failure[] = [];
  for (const group of groups) failures.push(...(await upWithRetries(parts, request, group)));
  if (failures.length === 0) return;
  const named = failures.map(({ node, error }) => ({ node, error: error(failures.length === 1 ? `${node}: ` : "") }));
  throw combineFailures("vagrant up", named);
}

async function upWithRetries(
  parts: BootParts,
  request: BootRequest,
  names: readonly string[],
): Promise<readonly Failure[]> {
  const failed: Failure[] = [];
  let wanted = names;
  for (let tries = 1; ; tries += 1) {
    const failures = await upGroup(parts, request, wanted);
    const passing = tries < TRIES ? failures.filter(({ isPassing }) => isPassing) : [];
    failed.push(...failures.filter((failure) => !passing.includes(failure)));
    if (passing.length === 0) return failed;
    wanted = passing.map(({ node }) => node);
    parts.log(`started again, because a container ended while Vagrant asked Docker about it: ${wanted.join(", ")}`);
    await parts.startAnew(wanted);
  }
}

async function upGroup(parts: BootParts, request: BootRequest, names: readonly string[]): Promise<readonly Failure[]> {
  const ready = new Set<string>();
  const ended = (name: string): void => {
    if (!names.includes(name) || ready.has(name)) return;
    ready.add(name);
    parts.marks.end(name);
    request.onReady?.(name);
  };
  const missing = (): readonly string[] => names.filter((name) => !ready.has(name));
  try {
    const outcome = await parts.vagrant({
      args: upArguments(parts.provider, names),
      timeout: parts.timeout,
      isNoted: true,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      onEvent: (event) => {
        for (const { name, text } of spokenLines(event)) request.onLine?.(name, text);
        if (isUpEnd(event)) ended(event.target);
      },
      onWaiting: (text) => request.onLine?.(undefined, text),
    });
    return missing().map((name) => failureOf(name, names, outcome));
  } catch (error) {
    if (!(error instanceof AlpineK8sError) || error.kind !== "timeout") throw error;
    return missing().map((node) => ({
      node,
      isPassing: false,
      error: (prefix) => tooLate(prefix, node, parts.timeout),
    }));
  }
}

function upArguments(provider: VagrantProviderFacts, names: readonly string[]): readonly string[] {
  return [
    "up",
    "--no-provision",
    "--no-destroy-on-error",
    "--no-install-provider",
    "--provider",
    provider.name,
    provider.parallel ? "--parallel" : "--no-parallel",
    ...names,
  ];
}

function isUpEnd({ type, data }: MachineEvent): boolean {
  return type === "action" && data[0] === "up" && data[1] === "end";
}

function failureOf(name: string, names: readonly string[], outcome: VagrantOutcome): Failure {
  const message = reasonOf(outcome.events, outcome.stderr);
  const byMachine = failuresByMachine(message);
  const own = byMachine.get(name) ?? (byMachine.size === 0 || names.length === 1 ? message : "");
  return {
    node: name,
    isPassing: CONTAINER_WENT_AWAY.test(own),
    error: (prefix) => vagrantFailure(`${prefix}vagrant up failed`, own, name),
  };
}

function tooLate(prefix: string, name: string, timeout: number): AlpineK8sError {
  const seconds = Math.round(timeout / 1000);
  return new AlpineK8sError("timeout", `${prefix}the machine was not up within ${seconds} s, and vagrant was ended`, {
    node: name,
    hints: ["look at its console in the hypervisor", "run `alpine-k8s up` again: it makes the machine anew"],
  });
}
