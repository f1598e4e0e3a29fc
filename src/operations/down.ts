import { AlpineK8sError } from "../base/errors.js";
import { readIfExists } from "../base/files.js";
import type { HostAccess } from "../model/topology/topology.js";
import { machineIds } from "../vagrant/machine-ids.js";
import type { MachineState } from "../vagrant/machine-state.js";
import type { ClusterContext } from "../engine/context.js";
import { renderFolder } from "./folder/render-folder.js";
import { onNode } from "../engine/item.js";
import { runSteps, type Step } from "../engine/step.js";
import type { RunInput } from "../engine/run-input.js";
import { withRun } from "../engine/with-run.js";

/** A machine that `down` did not switch off, or that is not as it should be, and what that means. */
interface LeftMachine {
  readonly name: string;
  readonly state: MachineState;
  readonly reason: string;
}

/** What `down` did; the shape of its `-o json`. */
export interface DownSummary {
  readonly cluster: string;
  /** Switched off by this run, in this order. */
  readonly halted: readonly string[];
  /** Were off already. */
  readonly off: readonly string[];
  readonly left: readonly LeftMachine[];
  readonly next: readonly string[];
}

/** Machines in one call of Vagrant, which halts them one after another: each stuck guest takes it a minute. */
const AT_ONCE = 4;

/** Explanations of states that `up` has to repair; a machine in one of them may be running and is switched off, too. */
const AWKWARD: Readonly<Partial<Record<MachineState, string>>> = {
  "half-created": "its first boot was interrupted; alpine-k8s up makes it anew",
  unreachable: "its provider called it stuck; if alpine-k8s up does not start it, look at it with the provider's tools",
  unknown: "its provider named a state that is not known here; see vagrant status",
};

/**
 * Switches the machines off by a shutdown of their guests: minions first, masters last, so that the API outlives what
 * talks to it. Destroys nothing; machines that are off are left, so a second run has nothing to do. Throws `usage` for
 * hosts, which are not ours to switch off.
 */
export async function down(input: RunInput): Promise<DownSummary> {
  // Machines may be there without an identity that says whose they are.
  const mayBeNew = (await machineIds(input.folder)).size > 0;
  const options = { command: "down", lock: true, mayBeNew, allowBrokenFolder: true, keepsFailures: true };
  return withRun(input, options, async ({ context }) => {
    if (context.identity.provider === "hosts") throw notOurs(context);
    const plan = { minions: [] as string[], masters: [] as string[], off: [] as string[], left: [] as LeftMachine[] };
    await runSteps(downSteps(plan), context);
    return {
      ...{ cluster: context.identity.name, halted: [...plan.minions, ...plan.masters] },
      ...{ off: plan.off, left: plan.left, next: ["alpine-k8s up"] },
    };
  });
}

interface Outcome {
  readonly minions: string[];
  readonly masters: string[];
  readonly off: string[];
  readonly left: LeftMachine[];
}

/** The order of `down`. Vagrant itself would halt in the reverse order of the Vagrantfile's, whatever the roles. */
function downSteps(outcome: Outcome): Step<ClusterContext>[] {
  return [
    { id: "look-at-machines", title: "Look at the machines", run: (context) => look(context, outcome) },
    haltStep({ id: "halt-minions", title: "Halt the minions" }, outcome.minions),
    haltStep({ id: "halt-masters", title: "Halt the masters" }, outcome.masters),
  ];
}

function haltStep(step: Pick<Step<ClusterContext>, "id" | "title">, names: readonly string[]): Step<ClusterContext> {
  return {
    ...step,
    plan: () =>
      Promise.resolve(
        names.length === 0 ? "none of them runs" : names.map((name) => onNode(name, "halt", `switch ${name} off`)),
      ),
    run: async (context) => {
      context.log.persist();
      for (let first = 0; first < names.length; first += AT_ONCE) {
        const some = names.slice(first, first + AT_ONCE);
        for (const name of some) context.progress.node(name, "halting");
        await context.machines.halt(some, context.signal);
        context.signal.throwIfAborted();
        for (const name of some) context.progress.node(name, "off");
      }
    },
  };
}

/** Sorts what Vagrant knows; machines that were taken out of the spec count as minions. */
async function look(context: ClusterContext, outcome: Outcome): Promise<void> {
  const { paths, spec, topology, proxyCa, machines } = context;
  const existing = await machines.existing();
  // Without its Vagrantfile Vagrant knows no machine.
  if (existing.length > 0 && (await readIfExists(paths.vagrantfile)) === undefined)
    await renderFolder({ paths, spec, topology, proxyCa, force: false });
  const states = await machines.states();
  const masters = new Set(topology.nodes.filter((node) => node.role === "master").map((node) => node.name));
  const planned = topology.nodes.map((node) => node.name);
  for (const name of [...planned, ...existing.filter((one) => !planned.includes(one))]) {
    const state = existing.includes(name) ? (states.get(name) ?? "unknown") : "absent";
    const awkward = AWKWARD[state];
    if (awkward !== undefined) outcome.left.push({ name, state, reason: awkward });
    if (state === "halted") outcome.off.push(name);
    else if (state === "suspended") outcome.left.push({ name, state, reason: suspended(name) });
    else if (state === "absent") outcome.left.push({ name, state, reason: "no machine was made for it yet" });
    else (masters.has(name) ? outcome.masters : outcome.minions).push(name);
  }
}

function suspended(name: string): string {
  return `its memory is saved, and a halt would lose that; to switch it off: vagrant resume ${name}, then alpine-k8s down`;
}

function notOurs({ identity, topology }: ClusterContext): AlpineK8sError {
  const minionsFirst = [...topology.nodes].sort(
    (one, other) => Number(other.role === "minion") - Number(one.role === "minion"),
  );
  return new AlpineK8sError(
    "usage",
    `the machines of cluster ${identity.name} are not ours to switch off (provider: hosts); nothing was done`,
    {
      hints: [
        ...minionsFirst.map((node) => `alpine-k8s ssh ${node.name} -- ${powerOff(node.access)}`),
        "switch them on again your way, then: alpine-k8s up",
      ],
    },
  );
}

function powerOff(access: HostAccess | undefined): string {
  if (access === undefined || access.user === "root" || access.become === "none") return "poweroff";
  return access.become === "doas" ? "doas poweroff" : "sudo poweroff";
}
