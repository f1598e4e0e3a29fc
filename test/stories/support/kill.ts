import { expect } from "vitest";
import { startInBench } from "./bench.js";
import { lines, type TestCluster } from "./cluster.js";
import type { Machines } from "./machines.js";
import { waitFor, type Outcome } from "./programs.js";

/** Whether everything is tried, not only what changes from day to day. */
const IS_LONG = process.env["ALPINE_K8S_LONG"] === "1";

/** A number that is another one each day. */
const DAY = Math.floor(Date.now() / 86_400_000);

/**
 * Where in a step a command is killed: so many lines after the one that begins it, or where it ends before that. As it
 * begins, soon after, as its programs on the nodes are at work, and deep in what they do.
 */
const AFTER = [0, 3, 12, 36];

/** A step, and where in it a command is killed one time after the other. */
export interface Kills {
  readonly title: string;
  readonly after: readonly number[];
}

/** All of them; in a run that is not long the one whose turn it is. */
export function inTurn<Item>(all: readonly Item[], turn = DAY): readonly Item[] {
  const at = turn % all.length;
  return IS_LONG ? all : all.slice(at, at + 1);
}

/**
 * All steps with all places; in a run that is not long one place of one step, another one each day. `every` is after how
 * many days it is the turn of these steps again.
 */
export function killsIn(steps: readonly { readonly title: string }[], every = 1): readonly Kills[] {
  const turn = Math.floor(DAY / every);
  const after = inTurn(AFTER, Math.floor(turn / steps.length));
  return inTurn(steps, turn).map(({ title }) => ({ title, after }));
}

/** What became of a command that was killed. */
export interface Killed extends Outcome {
  /** The step was over: later places in it are the same one. */
  readonly isOver: boolean;
}

/** Runs a command of alpine-k8s until it kills itself that many lines on in the step, and waits until its nodes are still. */
export async function killedIn(
  step: { readonly title: string; readonly after: number },
  { cluster, machines }: { readonly cluster: TestCluster; readonly machines: Machines },
  ...args: readonly string[]
): Promise<Killed> {
  const where = [`KILL_STEP=${step.title}`, `KILL_LINES=${step.after}`];
  const program = ["node", "--import", "./test/stories/support/kill-at.js", "bin/run.js"];
  const words = ["env", ...where, ...program, ...args, "--verbose", "--dir", cluster.folder];
  const outcome = await startInBench(words).done;
  expect(outcome.code).not.toBe(0);
  expect(outcome.stderr).toContain(`-> ${step.title}\n`);
  for (const { name } of machines.logins)
    await waitFor(`nothing of ours runs on ${name}`, async () => (await ours(machines, name)).length === 0, 30_000);
  return { ...outcome, isOver: outcome.stderr.includes(`\nok ${step.title}`) };
}

/** Processes on a node that are there only while one of our scripts runs. */
async function ours(machines: Machines, node: string): Promise<string[]> {
  const { stdout } = await machines.on(node, "ps -o pid,args");
  return lines(stdout).filter((line) =>
    /alpine-k8s-bootstrap|while read -r line|\bkubeadm (init|join|reset)\b/.test(line),
  );
}

/**
 * Does `act` at each place of the step until the step is over before it, and writes a line for each: what it was, how it
 * went, how long it took.
 */
export async function atEach(
  command: string,
  { title, after }: Kills,
  act: (point: { title: string; after: number }) => Promise<Killed>,
): Promise<void> {
  for (const lines of after) {
    const started = performance.now();
    const tell = (how: string): void => {
      const seconds = Math.round((performance.now() - started) / 1000);
      console.log(`kill | ${command} | ${title} | ${lines} lines on | ${how} | ${seconds} s`);
    };
    try {
      const killed = await act({ title, after: lines });
      tell(killed.isOver ? "passed, at its end" : "passed");
      if (killed.isOver) return;
    } catch (error) {
      tell("FAILED");
      throw error;
    }
  }
}
